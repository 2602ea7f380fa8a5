// (a): this framework, with a projection of what an operator needs and three indexes. `framework.cjs stream|pages json|protobuf`.
import { KubeConfig } from '@kubernetes/client-node';
import { KubeClient } from '@dot-kube/operator';
import { failed, measured } from './measured.js';
import { askedBy, managerOf, podsBy } from './pods.js';

async function inStep(): Promise<() => number> {
  const config = new KubeConfig();
  config.loadFromDefault();
  const manager = managerOf(await KubeClient.from(config));
  const store = manager.store(podsBy(askedBy(process.argv)));
  manager.start(new AbortController().signal).catch(failed);
  await store.synced;
  return () => store.size;
}

measured(inStep).then(() => process.exit(0), failed);
