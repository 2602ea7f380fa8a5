// Web hooks of the example: what the schema of a Website cannot say, what is made of it before it is stored, and its older version.
import { type Logger, type Manager, resource } from '@dot-kube/operator';
import { convert, mutate, validate, WebhookServer } from '@dot-kube/operator/webhook';
import type { Website, WebsiteStatus } from './website.js';

const sites = { group: 'example.com', version: 'v1', plural: 'websites', kind: 'Website', namespaced: true };
const websites = resource<Website>(sites);

const neverFewerPages = validate({
  resource: websites,
  operations: ['UPDATE'],
  check: ({ object, oldObject }) => {
    const [pages = 1, before = 1] = [object.spec.pages, oldObject.spec.pages];
    if (pages >= before) return { allowed: true, warnings: object.spec.text === '' ? ['its pages are empty'] : [] };
    return { allowed: false, code: 422, message: `it has ${before} pages, which others link to; keep them` };
  },
});

const withoutSpaces = mutate({
  resource: websites,
  change: ({ object }) => {
    Object.assign(object.spec, { text: object.spec.text.trim() });
    return { object };
  },
});

interface OldWebsite {
  readonly spec: { readonly content: string; readonly pages?: number };
  readonly status?: WebsiteStatus;
}

const versions = convert({
  hub: websites, // of which, and into which, each of the others is made
  versions: {
    v1beta1: {
      toHub: ({ spec: { content, ...spec }, ...rest }: OldWebsite) => ({ ...rest, spec: { ...spec, text: content } }),
      fromHub: ({ spec: { text, ...spec }, ...rest }): OldWebsite => ({ ...rest, spec: { ...spec, content: text } }),
    },
  },
});

export function declareWebhooks(manager: Manager, log: Logger): void {
  const hooks = {
    '/validate-websites': neverFewerPages,
    '/mutate-websites': withoutSpaces,
    '/convert-websites': versions,
  };
  const certificates = '/etc/web-hooks'; // where a Secret of type kubernetes.io/tls is mounted
  const { registry } = manager;
  manager.addServing(new WebhookServer({ hooks, port: 9443, certificates, registry, log }));
}
