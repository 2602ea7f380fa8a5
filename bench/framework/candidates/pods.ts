// What an operator keeps of a pod, and by what it finds it.
import { type V1Pod } from '@kubernetes/client-node';
import { controllerOf, type KubeClient, type Logger, Manager, resource } from '@dot-kube/operator';

const at = { group: '', version: 'v1', plural: 'pods', kind: 'Pod', namespaced: true } as const;
const declared = resource<V1Pod>(at).withoutManagedFields();

/** @param how the list comes: as a stream where the server offers it, or in pages */
// eslint-disable-next-line @typescript-eslint/explicit-module-boundary-types -- what is kept is its type
export function podsBy(how: 'stream' | 'pages') {
  return (how === 'pages' ? declared.listInPages() : declared)
    .project((pod) => ({
      owner: controllerOf(pod as Parameters<typeof controllerOf>[0]),
      node: pod.spec?.nodeName ?? '',
      phase: pod.status?.phase ?? '',
      images: (pod.spec?.containers ?? []).map(({ name, image }) => ({ name, image: image ?? '' })),
    }))
    .index('owner', ({ owner }) => (owner === undefined ? [] : [owner.uid]))
    .index('node', ({ node }) => (node === '' ? [] : [node]))
    .index('namespace', ({ namespace }) => [namespace]);
}

export const silent: Logger = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: (message, fields) => {
    process.stderr.write(`${message} ${JSON.stringify(fields)}\n`);
  },
  child: () => silent,
};

export function managerOf(client: KubeClient): Manager {
  return new Manager({ client, log: silent, name: 'example.com/bench', instance: 'bench' });
}
