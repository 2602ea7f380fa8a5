/** The cluster that tests and the demo run on: always a real API server, got in the first of four ways that is open. */
import { buildBinaries, type OnProgress } from './build-binaries.js';
import { type RestartOptions, startControlPlane } from './control-plane.js';
import { firstInPath } from './in-path.js';
import { startK3s } from './k3s.js';
import { runKubectl } from './kubectl.js';
import { lookAround } from './look-around.js';
import { notEmpty, type Pinned, readPinned } from './pinned.js';
import { chooseWay, type Found, noWay, type Way } from './way.js';

export interface Cluster {
  readonly kubeconfigPath: string;
  readonly kubectlPath: string;
  /** Which of the ways it came by, in one line. */
  readonly how: string;
  stop(): Promise<void>;
  /** Not there for a cluster that a user named. */
  readonly restartApiServer?: (options?: RestartOptions) => Promise<void>;
}

export interface StartOptions {
  readonly onProgress: OnProgress;
  readonly env?: NodeJS.ProcessEnv;
}

/** Starts a cluster, or takes the one that the user named. */
export async function startCluster({ onProgress, env = process.env }: StartOptions): Promise<Cluster> {
  const pinned = await readPinned(env);
  const found = await lookAround(env, pinned.cacheDirectory);
  return startFirstOpen(found, { pinned, onProgress, env });
}

interface Means {
  readonly pinned: Pinned;
  readonly onProgress: OnProgress;
  readonly env: NodeJS.ProcessEnv;
}

async function startFirstOpen(found: Found, means: Means): Promise<Cluster> {
  const { chosen, passedOver } = chooseWay(found);
  if (chosen.way === 'none') throw new Error(noWay(passedOver));
  const how = howOf(chosen);
  means.onProgress(`cluster: ${how}${passedOver.length > 0 ? ` (${passedOver.join('; ')})` : ''}`);
  switch (chosen.way) {
    case 'explicit':
      return { ...(await named(chosen.kubeconfig, means.env)), how };
    case 'binaries':
      return { ...(await startControlPlane(chosen.directory)), how };
    case 'docker':
      return startK3s(means.pinned.versions).then(
        (cluster) => ({ ...cluster, how }),
        async (error: unknown) => {
          const why = `K3s did not start: ${error instanceof Error ? error.message : String(error)}`;
          means.onProgress(why);
          return startFirstOpen({ ...found, docker: { answers: false, why } }, means);
        },
      );
    case 'build':
      return { ...(await startControlPlane(await buildBinaries(means.pinned, means.onProgress))), how };
  }
}

function howOf(chosen: Exclude<Way, { way: 'none' }>): string {
  switch (chosen.way) {
    case 'explicit':
      return `the one that KUBEXRAY_TEST_KUBECONFIG names, ${chosen.kubeconfig}`;
    case 'binaries':
      return `a local control plane from ${chosen.from}, ${chosen.directory}`;
    case 'docker':
      return 'K3s and kwok in Docker';
    case 'build':
      return `a local control plane, its programs built with Go ${chosen.go} from their modules`;
  }
}

/** A cluster that we did not make, and do not stop: it only has to answer. */
async function named(kubeconfigPath: string, env: NodeJS.ProcessEnv): Promise<Omit<Cluster, 'how'>> {
  const kubectlPath = notEmpty(env['KUBECTL']) ?? firstInPath('kubectl', env['PATH']);
  if (kubectlPath === undefined) throw new Error('kubectl is not in PATH; install it or name it by KUBECTL');
  await runKubectl({ kubeconfigPath, kubectlPath }, ['get', '--raw=/readyz', '--request-timeout=10s']);
  return { kubeconfigPath, kubectlPath, stop: async () => undefined };
}
