/**
 * K3s without its kubelet in one container, kwok with our stages in another: where Docker answers, nothing is built and
 * pods live as they do on the local control plane. The containers' reaper removes them if we die.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { firstInPath } from './in-path.js';
import type { KubectlTarget } from './kubectl.js';
import { kwokArguments, kwokStages } from './kwok-stages.js';
import { makeNodes } from './nodes.js';
import type { PinnedVersions } from './pinned.js';

// K3s follows Kubernetes by some weeks; this is its latest release that was seen.
const K3S_IMAGE = 'rancher/k3s:v1.36.1-k3s1';
const ALIAS = 'k3s';
const START_WITHIN_MS = 180_000; // the images may have to be pulled
const WITHOUT = 'traefik,servicelb,metrics-server,local-storage,coredns';

export interface K3s extends KubectlTarget {
  stop(): Promise<void>;
}

export async function startK3s({ kwok }: PinnedVersions, annotations: string): Promise<K3s> {
  // Loaded here: it costs a second, which the other ways need not pay.
  const { K3sContainer } = await import('@testcontainers/k3s');
  const { GenericContainer, Network, Wait } = await import('testcontainers');
  const undo: (() => Promise<unknown>)[] = [];
  const stop = async () => {
    for (const step of undo.splice(0).reverse()) await step();
  };
  try {
    const directory = await mkdtemp(join(tmpdir(), 'dot-kube-cluster-'));
    undo.push(async () => rm(directory, { recursive: true, force: true }));
    const network = await new Network().start();
    undo.push(async () => network.stop());
    const k3s = await new K3sContainer(K3S_IMAGE)
      .withCommand(['server', '--disable-agent', `--disable=${WITHOUT}`])
      .withNetwork(network)
      .withNetworkAliases(ALIAS)
      .withWaitStrategy(Wait.forSuccessfulCommand('kubectl get --raw=/readyz'))
      .withStartupTimeout(START_WITHIN_MS)
      .start();
    undo.push(async () => k3s.stop());
    const kwokContainer = await new GenericContainer(`registry.k8s.io/kwok/kwok:${kwok}`)
      .withNetwork(network)
      .withCopyContentToContainer([
        { content: k3s.getAliasedKubeConfig(ALIAS), target: '/kwok/kubeconfig' },
        { content: await kwokStages(annotations), target: '/kwok/stages.yaml' },
      ])
      .withCommand(kwokArguments('/kwok/kubeconfig', '/kwok/stages.yaml'))
      .start();
    undo.push(async () => kwokContainer.stop());

    const kubeconfigPath = join(directory, 'kubeconfig');
    await writeFile(kubeconfigPath, k3s.getKubeConfig(), { mode: 0o600 });
    const target = { kubeconfigPath, kubectlPath: await kubectlFor(k3s.getId(), directory) };
    await makeNodes(target);
    return { ...target, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** The machine's own kubectl; where there is none, K3s has one, which then reads only its standard input. */
async function kubectlFor(container: string, directory: string): Promise<string> {
  const own = firstInPath('kubectl', process.env['PATH']);
  if (own !== undefined) return own;
  const path = join(directory, 'kubectl');
  await writeFile(path, `#!/bin/sh\nexec docker exec -i ${container} kubectl "$@"\n`, { mode: 0o700 });
  return path;
}
