/** Makes the two nodes; after that a pod that is created runs. */
import { join } from 'node:path';
import { readFile } from 'node:fs/promises';
import { type KubectlTarget, runKubectl } from './kubectl.js';
import { KWOK_DIRECTORY } from './kwok-stages.js';

/** Resolves once the nodes are Ready and the default service account, without which no pod is admitted, is there. */
export async function makeNodes(target: KubectlTarget): Promise<void> {
  const nodes = await readFile(join(KWOK_DIRECTORY, 'nodes.yaml'), 'utf8'); // by stdin: kubectl may live in a container
  await runKubectl(target, ['create', '-f', '-'], { input: nodes });
  await Promise.all([
    runKubectl(target, ['wait', '--for=condition=Ready', 'node', '--all', '--timeout=120s']),
    runKubectl(target, ['wait', '--for=create', 'serviceaccount/default', '--timeout=120s']),
  ]);
}
