// The server that is measured against: etcd and kube-apiserver alone, with raised limits, so that nothing but the benchmark
// touches a pod. Filled once; etcd's folder is then kept, since writing 100,000 pods takes minutes.
import { type ChildProcess } from 'node:child_process';
import { generateKeyPairSync, randomUUID, X509Certificate } from 'node:crypto';
import { openSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { KubeConfig } from '@kubernetes/client-node';
import { KubeClient } from '@dot-kube/operator';
import { freePorts } from '@dot-kube/operator/testing/cluster';
import { startChild, stopChild } from './children.js';

export interface BenchServer {
  readonly url: string;
  readonly kubeconfigPath: string;
  readonly etcdUrl: string;
  /** PEM of the authority that signed its certificate. */
  readonly certificateAuthority: string;
  /** What the API server has used so far. */
  cpuSeconds(): Promise<number>;
  /** Stops both programs as they should be, and removes their folder. */
  stop(): Promise<void>;
  /** Stops both and keeps what etcd has. */
  saveTo(folder: string): Promise<void>;
}

const READY_WITHIN_MS = 300_000; // the API server first reads 100,000 pods
const LOOK_EVERY_MS = 100;

/** @param saved etcd's folder as `saveTo` kept it; it is copied, and so stays as it is */
export async function startServer(binaries: string, saved?: string): Promise<BenchServer> {
  const directory = await mkdtemp(join(tmpdir(), 'dot-kube-bench-'));
  if (saved !== undefined) await cp(saved, join(directory, 'etcd'), { recursive: true });
  const [etcdPort = 0, peerPort = 0, apiPort = 0] = await freePorts(3);
  const token = randomUUID();
  await writeFile(join(directory, 'tokens.csv'), `${token},admin,admin,system:masters\n`);
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  await writeFile(join(directory, 'key.pem'), privateKey.export({ type: 'sec1', format: 'pem' }));

  const etcd = start(directory, join(binaries, 'etcd'), etcdArguments(etcdPort, peerPort));
  await serving(`http://127.0.0.1:${etcdPort}/health`); // the API server gives up after 20 s, and etcd may read gigabytes first
  const apiServer = start(directory, join(binaries, 'kube-apiserver'), apiServerArguments(etcdPort, apiPort));
  const url = `https://127.0.0.1:${apiPort}`;
  const config = kubeConfigOf(url, token);
  const kubeconfigPath = join(directory, 'kubeconfig');
  await writeFile(kubeconfigPath, config.exportConfig());
  const end = async (): Promise<void> => {
    await stopChild(apiServer);
    await stopChild(etcd);
  };
  await ready(config).catch(async (error: unknown) => {
    await end(); // the folder stays: its logs tell why
    throw new Error(`the API server was not ready; see ${directory}`, { cause: error });
  });
  return {
    url,
    kubeconfigPath,
    etcdUrl: `http://127.0.0.1:${etcdPort}`,
    certificateAuthority: await authorityIn(join(directory, 'certificates', 'apiserver.crt')),
    cpuSeconds: async () => cpuSecondsOf(apiServer.pid ?? 0),
    stop: async () => {
      await end();
      await rm(directory, { recursive: true, force: true });
    },
    saveTo: async (folder: string) => {
      await end();
      await mkdir(folder, { recursive: true });
      await cp(join(directory, 'etcd'), join(folder, 'etcd'), { recursive: true });
      await rm(directory, { recursive: true, force: true });
    },
  };
}

function kubeConfigOf(server: string, token: string): KubeConfig {
  const config = new KubeConfig();
  config.loadFromOptions({
    clusters: [{ name: 'bench', server, skipTLSVerify: true }],
    users: [{ name: 'admin', token }],
    contexts: [{ name: 'bench', cluster: 'bench', user: 'admin' }],
    currentContext: 'bench',
  });
  return config;
}

/** The API server's own certificate comes with that of the authority that it made for it. */
async function authorityIn(path: string): Promise<string> {
  const text = await readFile(path, 'utf8');
  const pems = text.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----\n/g) ?? [];
  return pems.filter((pem) => new X509Certificate(pem).ca).join('');
}

const TICKS_A_SECOND = 100; // sysconf(_SC_CLK_TCK) on Linux

/** The 14th and 15th field of proc(5)'s stat: time in user and in kernel mode. */
async function cpuSecondsOf(pid: number): Promise<number> {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8');
  const [user, system] = text
    .slice(text.lastIndexOf(')') + 2)
    .split(' ')
    .slice(11, 13);
  return (Number(user) + Number(system)) / TICKS_A_SECOND;
}

async function serving(url: string): Promise<void> {
  const until = AbortSignal.timeout(READY_WITHIN_MS);
  const isServing = async (): Promise<boolean> =>
    fetch(url, { signal: until }).then(
      ({ ok }) => ok,
      () => false,
    );
  while (!(await isServing())) {
    until.throwIfAborted();
    await sleep(LOOK_EVERY_MS);
  }
}

/** Ready once it serves pods: its cache of them is filled. */
async function ready(config: KubeConfig): Promise<void> {
  const client = await KubeClient.from(config);
  const until = AbortSignal.timeout(READY_WITHIN_MS);
  const call = { method: 'GET', verb: 'get', path: '/readyz', accept: '*/*' } as const;
  try {
    for (;;) {
      const answered = await client.stream(call, until).then(
        () => true,
        () => false,
      );
      if (answered) return;
      until.throwIfAborted();
      await sleep(LOOK_EVERY_MS);
    }
  } finally {
    await client.close();
  }
}

function start(directory: string, path: string, args: readonly string[]): ChildProcess {
  const log = openSync(join(directory, `${path.split('/').at(-1) ?? ''}.log`), 'a');
  return startChild(path, args, { cwd: directory, stdio: ['ignore', log, log] });
}

function etcdArguments(port: number, peerPort: number): string[] {
  const client = `http://127.0.0.1:${port}`;
  const peer = `http://127.0.0.1:${peerPort}`;
  return [
    '--data-dir=etcd',
    '--force-new-cluster', // the folder was filled by an etcd on another port
    `--listen-client-urls=${client}`,
    `--advertise-client-urls=${client}`,
    `--listen-peer-urls=${peer}`,
    `--initial-advertise-peer-urls=${peer}`,
    `--initial-cluster=default=${peer}`,
    '--quota-backend-bytes=8589934592',
    '--unsafe-no-fsync', // nothing has to survive a loss of power
  ];
}

function apiServerArguments(etcdPort: number, port: number): string[] {
  return [
    `--etcd-servers=http://127.0.0.1:${etcdPort}`,
    '--bind-address=127.0.0.1',
    '--advertise-address=127.0.0.1',
    '--endpoint-reconciler-type=none',
    `--secure-port=${port}`,
    '--cert-dir=certificates',
    '--token-auth-file=tokens.csv',
    '--authorization-mode=RBAC',
    '--service-cluster-ip-range=10.0.0.0/16',
    '--service-account-issuer=https://kubernetes.default.svc.cluster.local',
    '--service-account-signing-key-file=key.pem',
    '--service-account-key-file=key.pem',
    '--disable-admission-plugins=ServiceAccount', // no controller makes the accounts
    '--shutdown-watch-termination-grace-period=1s',
    '--max-requests-inflight=0',
    '--max-mutating-requests-inflight=0',
    '--enable-priority-and-fairness=false',
  ];
}
