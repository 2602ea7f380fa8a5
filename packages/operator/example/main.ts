// Runs the example against the current kubeconfig until Ctrl-C.
import { KubeConfig } from '@kubernetes/client-node';
import { KubeClient, type Logger, Manager } from '@dot-kube/operator';
import { declareWebsites } from './operator.js';

const { log: info, warn, error } = console;
const log: Logger = { debug: () => undefined, info, warn, error, child: () => log };
const kubeConfig = new KubeConfig();
kubeConfig.loadFromDefault();
const client = await KubeClient.from(kubeConfig);
const manager = new Manager({ client, log, name: 'example.com/websites', instance: String(process.pid) });
declareWebsites(manager);
const stop = new AbortController();
process.once('SIGINT', () => {
  stop.abort(new Error('Ctrl-C'));
});
await manager.start(stop.signal).finally(async () => client.close());
