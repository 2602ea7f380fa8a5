// (b): client-node's own informer, which keeps whole objects.
import { CoreV1Api, KubeConfig, makeInformer } from '@kubernetes/client-node';
import { failed, measured } from './measured.js';

async function inStep(): Promise<() => number> {
  const config = new KubeConfig();
  config.loadFromDefault();
  const api = config.makeApiClient(CoreV1Api);
  const informer = makeInformer(config, '/api/v1/pods', async () => api.listPodForAllNamespaces());
  informer.on('error', failed);
  await informer.start();
  return () => informer.list().length;
}

measured(inStep).then(() => process.exit(0), failed);
