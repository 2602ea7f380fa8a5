// A whole operator: each Website gets as many ConfigMaps as it has pages, and says when they are there.
import { controllerOf, type Manager, predicates, resource } from '@dot-kube/operator';
import { withCondition } from '@dot-kube/operator/conditions';
import type { V1ConfigMap } from '@kubernetes/client-node';
import type { Website } from './website.js';

// A resource is where it lives and what is kept of it: the rest of the object never stays in memory.
const sites = { group: 'example.com', version: 'v1', plural: 'websites', kind: 'Website', namespaced: true };
const websites = resource<Website>(sites).project(({ spec, status }) => ({
  text: spec.text,
  count: spec.pages ?? 1,
  conditions: status?.conditions ?? [],
}));
const maps = { group: '', version: 'v1', plural: 'configmaps', kind: 'ConfigMap', namespaced: true };
const pages = resource<V1ConfigMap>(maps)
  .scope({ labelSelector: 'example.com/page' })
  .project((map) => ({ owner: controllerOf(map), text: map.data?.['text'] }))
  .index('site', ({ owner }) => (owner === undefined ? [] : [owner.uid]));

/** Declares the operator; nothing runs before `manager.start()`. */
export function declareWebsites(manager: Manager): void {
  const cached = manager.store(pages);
  manager
    .controller('website')
    .for(websites, { when: predicates.generationChanged })
    .owns(pages)
    .reconcile(async ({ object: site, write }) => {
      if (site === undefined) return {}; // Kubernetes removes what it owned
      const { namespace, name, uid, generation, text, count } = site;
      const wanted = Array.from({ length: count }, (_, i) => `${name}-${i + 1}`);
      const ownerReferences = [{ apiVersion: 'example.com/v1', kind: 'Website', name, uid, controller: true }];
      for (const page of wanted)
        if (cached.get({ namespace, name: page })?.text !== text) {
          const metadata = { labels: { 'example.com/page': 'yes' }, ownerReferences };
          await write.apply(pages, { namespace, name: page }, { metadata, data: { text } });
        }
      for (const page of cached.byIndex('site', uid).filter((one) => !wanted.includes(one.name)))
        await write.delete(pages, page);
      const ready = { type: 'Ready', status: 'True', reason: 'Written', message: `It has ${count} pages.` } as const;
      const conditions = withCondition(site.conditions, { ...ready, observedGeneration: generation }, new Date());
      if (conditions !== site.conditions) await write.applyStatus(websites, site, { conditions });
      return {};
    });
}
