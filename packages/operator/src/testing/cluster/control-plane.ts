/**
 * A real control plane on this machine, from the programs in one folder: etcd, API server, controller manager,
 * scheduler, and kwok in place of kubelets. All of it listens on 127.0.0.1 and lives in one temporary folder.
 */
import { X509Certificate } from 'node:crypto';
import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Credentials, makeCredentials, writeKubeconfigs } from './credentials.js';
import { freePorts } from './free-ports.js';
import { kwokArguments, kwokStages } from './kwok-stages.js';
import { makeNodes } from './nodes.js';
import type { Program } from './pinned.js';
import { Processes, type RunningProgram } from './processes.js';
import { isReady } from './ready.js';

const READY_WITHIN_MS = 180_000; // several may start at once on a small machine; one that ends is told at once
const LOOK_EVERY_MS = 50;
const NO_LIMIT = ['--kube-api-qps=1000', '--kube-api-burst=2000']; // a test that makes 1,000 objects waits for no one

export interface RestartOptions {
  /** How long nobody answers. */
  readonly downForMs?: number;
}

export interface ControlPlane {
  readonly kubeconfigPath: string;
  readonly kubectlPath: string;
  /** etcd's client URL: plain HTTP, with its JSON gateway. */
  readonly etcdUrl: string;
  stop(): Promise<void>;
  restartApiServer(options?: RestartOptions): Promise<void>;
}

export interface ControlPlaneOptions {
  /** The prefix of the annotations by which a test tells how its pods behave. */
  readonly annotations: string;
  /** PEM of those whose client certificates the API server accepts; empty: of nobody. */
  readonly clientAuthorities: string;
}

/** Starts it; resolves once a pod that is created would run: nodes Ready, default service account there. */
export async function startControlPlane(
  binaries: string,
  { annotations, clientAuthorities }: ControlPlaneOptions,
): Promise<ControlPlane> {
  const directory = await mkdtemp(join(tmpdir(), 'dot-kube-cluster-'));
  const processes = await Processes.in(directory);
  try {
    return await new Start(binaries, processes, await makeCredentials(directory, clientAuthorities)).all(annotations);
  } catch (cause) {
    const why = await processes.assertAllRun().then(
      async () => `${String(cause)}\n${await processes.tails()}`,
      (ended: unknown) => String(ended), // the likely reason of the rest
    );
    await processes.stop();
    throw new Error(`The cluster did not start. ${why}`, { cause });
  }
}

class Start {
  readonly #binaries: string;
  readonly #processes: Processes;
  readonly #credentials: Credentials;

  constructor(binaries: string, processes: Processes, credentials: Credentials) {
    this.#binaries = binaries;
    this.#processes = processes;
    this.#credentials = credentials;
  }

  async all(annotations: string): Promise<ControlPlane> {
    const [etcdPort = 0, peerPort = 0, apiPort = 0] = await freePorts(3);
    await this.#program('etcd', etcdArguments(etcdPort, peerPort));
    // It waits for etcd by itself.
    const startApiServer = async () => this.#program('kube-apiserver', this.#apiServerArguments(etcdPort, apiPort));
    let apiServer = await startApiServer();

    const certificates = await this.#until('the certificate of the API server', async () => this.#certificates());
    const server = `https://127.0.0.1:${apiPort}`;
    await writeKubeconfigs(this.#credentials, server, certificates);
    const address = { server, certificateAuthority: certificates, token: this.#credentials.admin.token };
    const ready = async () =>
      this.#until('readiness of the API server', async () => ((await isReady(address)) ? true : undefined));
    await ready();
    await this.#others(annotations);

    const kubectlPath = this.#path('kubectl');
    const kubeconfigPath = this.#credentials.admin.kubeconfigPath;
    await makeNodes({ kubectlPath, kubeconfigPath });
    await this.#processes.assertAllRun(); // the nodes do not tell that the scheduler is gone

    return {
      kubeconfigPath,
      kubectlPath,
      etcdUrl: `http://127.0.0.1:${etcdPort}`,
      stop: async () => this.#processes.stop(),
      restartApiServer: async ({ downForMs = 0 } = {}) => {
        await apiServer.stop();
        await sleep(downForMs);
        apiServer = await startApiServer();
        await ready();
      },
    };
  }

  async #others(annotations: string): Promise<void> {
    const { controllerManager, scheduler, kwok, serviceAccountKey } = this.#credentials;
    const alone = ['--leader-elect=false', '--secure-port=0', ...NO_LIMIT];
    await this.#program('kube-controller-manager', [
      ...alone,
      `--kubeconfig=${controllerManager.kubeconfigPath}`,
      '--use-service-account-credentials',
      `--service-account-private-key-file=${serviceAccountKey}`,
      `--root-ca-file=${this.#authority}`,
      '--node-monitor-grace-period=1h', // a busy machine must not look like a lost node
    ]);
    await this.#program('kube-scheduler', [...alone, `--kubeconfig=${scheduler.kubeconfigPath}`]);
    const stages = join(this.#processes.directory, 'kwok.yaml');
    await writeFile(stages, await kwokStages(annotations));
    await this.#program('kwok', kwokArguments(kwok.kubeconfigPath, stages));
  }

  #apiServerArguments(etcdPort: number, port: number): string[] {
    const { tokenFile, serviceAccountKey, clientAuthoritiesFile } = this.#credentials;
    return [
      `--etcd-servers=http://127.0.0.1:${etcdPort}`,
      '--bind-address=127.0.0.1',
      '--advertise-address=127.0.0.1', // makes the certificate name 127.0.0.1
      '--endpoint-reconciler-type=none', // no pod is real, so no pod has to reach the API server
      `--secure-port=${port}`,
      `--cert-dir=${join(this.#processes.directory, 'certificates')}`,
      `--token-auth-file=${tokenFile}`,
      ...(clientAuthoritiesFile === undefined ? [] : [`--client-ca-file=${clientAuthoritiesFile}`]),
      '--authorization-mode=RBAC',
      '--allow-privileged',
      '--shutdown-watch-termination-grace-period=1s',
      '--delete-collection-workers=8',
      '--service-cluster-ip-range=10.0.0.0/16',
      '--service-account-issuer=https://kubernetes.default.svc.cluster.local',
      `--service-account-signing-key-file=${serviceAccountKey}`,
      `--service-account-key-file=${serviceAccountKey}`,
    ];
  }

  /** The API server's own certificate and the authority that it made for it; kept for the controllers as one file. */
  async #certificates(): Promise<string> {
    const text = await readFile(join(this.#processes.directory, 'certificates', 'apiserver.crt'), 'utf8');
    const authority = pemsIn(text).find((pem) => new X509Certificate(pem).ca);
    if (authority === undefined) throw new Error('the API server made no certificate authority');
    await writeFile(this.#authority, authority);
    return authority;
  }

  get #authority(): string {
    return join(this.#processes.directory, 'authority.crt');
  }

  #path(program: Program): string {
    return join(this.#binaries, program);
  }

  async #program(program: Program, args: readonly string[]): Promise<RunningProgram> {
    return this.#processes.start(program, this.#path(program), args);
  }

  /** Waits until `look` gives something and does not throw; ends early when a program has ended. */
  async #until<T>(what: string, look: () => Promise<T | undefined>): Promise<T> {
    const end = performance.now() + READY_WITHIN_MS;
    for (;;) {
      const seen = await look().catch(() => undefined);
      if (seen !== undefined) return seen;
      await this.#processes.assertAllRun();
      if (performance.now() > end) throw new Error(`${what}: not there within ${READY_WITHIN_MS / 1_000} s`);
      await sleep(LOOK_EVERY_MS);
    }
  }
}

function etcdArguments(port: number, peerPort: number): string[] {
  const client = `http://127.0.0.1:${port}`;
  const peer = `http://127.0.0.1:${peerPort}`;
  return [
    '--data-dir=etcd',
    `--listen-client-urls=${client}`,
    `--advertise-client-urls=${client}`,
    `--listen-peer-urls=${peer}`,
    `--initial-advertise-peer-urls=${peer}`,
    `--initial-cluster=default=${peer}`,
    '--unsafe-no-fsync', // nothing has to survive a loss of power
  ];
}

function pemsIn(text: string): string[] {
  return text.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----\n/g) ?? [];
}
