// A whole operator: each namespace with a certain label gets a ConfigMap.
import { KubeConfig, type V1ConfigMap, type V1Namespace } from '@kubernetes/client-node';
import { KubeClient, type Logger, Manager, resource } from '@dot-kube/operator';

// A resource is where it lives and what is kept of it: `project` is all that stays of each object.
const namespaces = resource<V1Namespace>({
  group: '',
  version: 'v1',
  plural: 'namespaces',
  kind: 'Namespace',
  namespaced: false,
})
  .scope({ labelSelector: 'example.com/welcome' })
  .project(({ metadata }) => ({ text: metadata?.labels?.['example.com/welcome'] ?? '' }));

const welcomes = resource<V1ConfigMap>({
  group: '',
  version: 'v1',
  plural: 'configmaps',
  kind: 'ConfigMap',
  namespaced: true,
})
  .scope({ labelSelector: 'example.com/welcomes' })
  .project(({ data }) => ({ text: data?.['text'] }));

const client = await KubeClient.from(() => {
  const config = new KubeConfig(); // a function, so that it is loaded anew when a token is refused
  config.loadFromDefault();
  return config;
});
const { info, warn, error } = console;
const log: Logger = { debug: () => undefined, info, warn, error, child: () => log };
const manager = new Manager({ client, log, name: 'example.com/welcome', instance: String(process.pid) });

manager
  .controller('welcome')
  .for(namespaces)
  .watches(welcomes, { map: ({ namespace }) => [namespace] }) // the key of a namespace is its name
  .reconcile(async ({ object: namespace, write }) => {
    if (namespace === undefined) return {}; // it is gone, or has its label no more
    const key = { namespace: namespace.name, name: 'welcome' };
    const metadata = { labels: { 'example.com/welcomes': 'yes' } };
    await write.apply(welcomes, key, { metadata, data: { text: namespace.text } });
    return {};
  });

const stop = new AbortController();
process.once('SIGTERM', () => {
  stop.abort(new Error('SIGTERM'));
});
await manager.start(stop.signal); // resolves after a clean stop
await client.close();
