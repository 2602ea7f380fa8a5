/** The cluster that tests and the demo run on: always a real API server, got in the first of four ways that is open. */
import { buildBinaries, type OnProgress } from './build-binaries.js';
import { type RestartOptions, startControlPlane } from './control-plane.js';
import { firstInPath } from './in-path.js';
import { startK3s } from './k3s.js';
import { runKubectl } from './kubectl.js';
import { goVersion, lookAround } from './look-around.js';
import { notEmpty, type Pinned, readPinned } from './pinned.js';
import { chooseWay, type Found, noWay, type Way } from './way.js';

export interface Cluster {
  readonly kubeconfigPath: string;
  readonly kubectlPath: string;
  /** Which of the ways it came by, in one line. */
  readonly how: string;
  stop(): Promise<void>;
  /** Of a local control plane only. */
  readonly restartApiServer?: (options?: RestartOptions) => Promise<void>;
  /** etcd's client URL, of a local control plane only: plain HTTP, with its JSON gateway. */
  readonly etcdUrl?: string;
}

export interface StartOptions {
  readonly onProgress: OnProgress;
  readonly env?: NodeJS.ProcessEnv;
  /** The environment variable that may name the kubeconfig of a cluster to be used; `DOT_KUBE_TEST_KUBECONFIG` by default. */
  readonly kubeconfigVariable?: string;
  /** The folder below the user's caches in which built programs are kept; `dot-kube` by default. */
  readonly cacheName?: string;
  /** The prefix of the annotations by which a test tells how its pods behave; `test.dot-kube.dev` by default. */
  readonly annotations?: string;
  /** PEM of authorities whose client certificates the API server of a local control plane accepts; none by default. */
  readonly clientAuthorities?: string;
}

interface Means extends Required<StartOptions> {
  readonly pinned: Pinned;
}

const DEFAULTS = {
  kubeconfigVariable: 'DOT_KUBE_TEST_KUBECONFIG',
  cacheName: 'dot-kube',
  annotations: 'test.dot-kube.dev',
  clientAuthorities: '',
};

/**
 * Builds the programs of the cluster from their Go modules, where they are not built yet; takes 10 to 15 minutes.
 *
 * @returns the folder that holds them
 * @throws Error where there is no Go
 */
export async function buildPrograms(options: StartOptions): Promise<string> {
  const { env = process.env, cacheName = DEFAULTS.cacheName, onProgress } = options;
  if ((await goVersion()) === undefined)
    throw new Error('Go is not in PATH; the programs are built with Go 1.26 or newer');
  return buildBinaries(await readPinned(env, cacheName), onProgress);
}

/** Starts a cluster, or takes the one that the user named. */
export async function startCluster(options: StartOptions): Promise<Cluster> {
  const means = { env: process.env, ...DEFAULTS, ...options };
  const { env, cacheName, kubeconfigVariable } = means;
  const pinned = await readPinned(env, cacheName);
  const found = await lookAround(env, { kubeconfigVariable, cacheDirectory: pinned.cacheDirectory });
  return startFirstOpen(found, { ...means, pinned });
}

async function startFirstOpen(found: Found, means: Means): Promise<Cluster> {
  const { pinned, onProgress, annotations, clientAuthorities, kubeconfigVariable, env } = means;
  const { chosen, passedOver } = chooseWay(found);
  if (chosen.way === 'none') throw new Error(noWay(passedOver, kubeconfigVariable));
  const how = howOf(chosen, kubeconfigVariable);
  onProgress(`cluster: ${how}${passedOver.length > 0 ? ` (${passedOver.join('; ')})` : ''}`);
  const isLocal = chosen.way === 'binaries' || chosen.way === 'build';
  if (clientAuthorities !== '' && !isLocal)
    throw new Error(`only a local control plane takes other authorities of client certificates, not ${how}`);
  const options = { annotations, clientAuthorities };
  switch (chosen.way) {
    case 'explicit':
      return { ...(await named(chosen.kubeconfig, env)), how };
    case 'binaries':
      return { ...(await startControlPlane(chosen.directory, options)), how };
    case 'docker':
      return startK3s(pinned.versions, annotations).then(
        (cluster) => ({ ...cluster, how }),
        async (error: unknown) => {
          const why = `K3s did not start: ${error instanceof Error ? error.message : String(error)}`;
          onProgress(why);
          return startFirstOpen({ ...found, docker: { answers: false, why } }, means);
        },
      );
    case 'build':
      return { ...(await startControlPlane(await buildBinaries(pinned, onProgress), options)), how };
  }
}

function howOf(chosen: Exclude<Way, { way: 'none' }>, kubeconfigVariable: string): string {
  switch (chosen.way) {
    case 'explicit':
      return `the one that ${kubeconfigVariable} names, ${chosen.kubeconfig}`;
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
