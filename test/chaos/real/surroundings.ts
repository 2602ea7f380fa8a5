// chaos/real: a real control plane, a simulated Xray, and the operator as a process behind a proxy, with all that can befall them.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { KubeConfig } from '@kubernetes/client-node';
import { KubeClient } from '@dot-kube/operator';
import { type ApiProxy, startApiProxy } from '@dot-kube/operator/testing';
import { aConnection, aNamespace } from '../../builders/manifests.js';
import { type Cluster, startCluster } from '../../cluster/cluster.js';
import { runKubectl } from '../../cluster/kubectl.js';
import { type OperatorProcess, startOperatorProcess } from '../../operator-process.js';
import type { Faults } from '../../xray-simulator/faults.js';
import { type SimulatorProcess, startSimulatorProcess } from '../../xray-simulator/process.js';
import type { Random } from '../story/random.js';
import type { Misfortune, XrayFault } from '../story/world.js';
import { ApiFaults } from './api-faults.js';
import { proxiedKubeconfig } from '../../proxied-kubeconfig.js';

const NAMESPACE = 'kubexray-system';
const TOKEN = 'good-token';

export interface Surroundings {
  readonly client: KubeClient;
  readonly simulator: SimulatorProcess;
  /** Whether the operator has deleted it, by its path in the API. */
  readonly wasDeletedByOperator: (path: string) => boolean;
  /** The last lines of the operator's log. */
  readonly log: () => string;
  befalls(step: Misfortune): Promise<void>;
  close(): Promise<void>;
}

export async function surroundings(random: Random, protectedNamespaces: readonly string[]): Promise<Surroundings> {
  const cluster = await startCluster({ onProgress: (line) => process.stderr.write(`${line}\n`) });
  const simulator = await startSimulatorProcess({ token: TOKEN });
  const kubeConfig = new KubeConfig();
  kubeConfig.loadFromFile(cluster.kubeconfigPath);
  const client = await KubeClient.from(kubeConfig);
  await install(cluster, simulator.url);
  const faults = new ApiFaults(random);
  const deleted = new Set<string>();
  const proxy = await proxyTo(kubeConfig, faults, deleted);
  const directory = await mkdtemp(join(tmpdir(), 'kubexray-chaos-'));
  const kubeconfigPath = join(directory, 'kubeconfig');
  const token = kubeConfig.getCurrentUser()?.token ?? '';
  await writeFile(kubeconfigPath, JSON.stringify(proxiedKubeconfig(proxy.url, token)), { mode: 0o600 });
  const operator = new RestartedOperator(kubeconfigPath, protectedNamespaces);
  await operator.inStep(); // what is over before it looks, it has nothing to undo of
  const xray = new XrayFaults(simulator);
  return {
    client,
    simulator,
    wasDeletedByOperator: (path) => deleted.has(path),
    log: () => operator.log(),
    befalls: async (step) => {
      if (step.do === 'break Xray') await xray.begin(step.how, step.forMs);
      else if (step.do === 'break API') faults.begin(step.how, step.forMs);
      else await operator.befalls(step);
    },
    close: async () => {
      await operator.close();
      await proxy.close();
      await client.close();
      await simulator.close();
      await cluster.stop();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

async function install(cluster: Cluster, url: string): Promise<void> {
  const apply = async (items: readonly object[]): Promise<unknown> =>
    runKubectl(cluster, ['apply', '--server-side', '-f', '-'], {
      input: JSON.stringify({ apiVersion: 'v1', kind: 'List', items }),
    });
  await runKubectl(cluster, ['apply', '--server-side', '-k', 'crds']);
  await runKubectl(cluster, ['wait', '--for=condition=Established', 'crd', '--all', '--timeout=30s']);
  await apply([aNamespace(NAMESPACE)]);
  await apply([
    {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { namespace: NAMESPACE, name: 'xray' },
      stringData: { accessToken: TOKEN },
    },
    aConnection(url, { pollInterval: '2s', resyncInterval: '10s' }),
  ]);
}

async function proxyTo(kubeConfig: KubeConfig, faults: ApiFaults, deleted: Set<string>): Promise<ApiProxy> {
  const { server = '', caData = '' } = kubeConfig.getCurrentCluster() ?? {};
  const proxy = await startApiProxy({
    server,
    certificateAuthority: Buffer.from(caData, 'base64').toString('utf8'),
    onRequest: faults.onRequest,
    onAnswer: (answered) => {
      if (answered.method === 'DELETE' && answered.status < 300) deleted.add(answered.path);
      faults.onAnswer(answered);
    },
  });
  faults.through(() => {
    proxy.breakConnections();
  });
  return proxy;
}

/** Started again whenever it ends, as a pod is. */
class RestartedOperator {
  readonly #kubeconfigPath: string;
  readonly #args: readonly string[];
  #process: OperatorProcess | undefined;
  readonly #over = new AbortController();
  #log = '';
  readonly #running: Promise<void>;
  #pauseMs = 0;

  constructor(kubeconfigPath: string, protectedNamespaces: readonly string[]) {
    this.#kubeconfigPath = kubeconfigPath;
    const isProtected = ['kube-system', ...protectedNamespaces].join(',');
    this.#args = ['--protected-namespaces', isProtected, '--brake-share', '100']; // many stories stop much, side by side
    this.#running = this.#run();
  }

  log(): string {
    return this.#log + (this.#process?.log() ?? '');
  }

  async inStep(): Promise<void> {
    await this.#process?.inStep();
  }

  async befalls(step: Extract<Misfortune, { readonly do: `${string} operator` }>): Promise<void> {
    const operator = this.#process;
    switch (step.do) {
      case 'kill operator':
        this.#pauseMs = step.downForMs;
        await operator?.kill();
        return;
      case 'stop operator':
        this.#pauseMs = step.downForMs;
        await Promise.allSettled([operator?.stop()]); // it may be frozen, or not have come far enough to end in good order
        return;
      case 'freeze operator':
        operator?.freeze();
        setTimeout(() => operator?.thaw(), step.forMs);
    }
  }

  async close(): Promise<void> {
    this.#over.abort(new Error('the story is over'));
    this.#process?.thaw();
    await this.#process?.kill();
    await this.#running;
  }

  async #run(): Promise<void> {
    const isOver = (): boolean => this.#over.signal.aborted;
    while (!isOver()) {
      this.#process = startOperatorProcess({ kubeconfigPath: this.#kubeconfigPath, args: this.#args });
      await this.#process.ended;
      this.#log = `${this.#process.log().slice(-8_000)}\n--- ended ---\n`;
      await sleep(isOver() ? 0 : Math.max(500, this.#pauseMs));
      this.#pauseMs = 0;
    }
  }
}

/** Several faults of Xray at once are one of them after the other. */
class XrayFaults {
  readonly #simulator: SimulatorProcess;
  readonly #faults = new Set<XrayFault>();

  constructor(simulator: SimulatorProcess) {
    this.#simulator = simulator;
  }

  async begin(fault: XrayFault, forMs: number): Promise<void> {
    this.#faults.add(fault);
    await this.#tell();
    setTimeout(() => {
      this.#faults.delete(fault);
      void this.#tell().catch(() => undefined); // the simulator is gone: the story is over
    }, forMs);
  }

  async #tell(): Promise<void> {
    await this.#simulator.fail([...this.#faults].map(faultsOf).reduce((all, one) => ({ ...all, ...one }), {}));
  }
}

function faultsOf(fault: XrayFault): Faults {
  switch (fault.kind) {
    case 'status':
      return { status: fault.status };
    case 'slow':
      return { delayMs: fault.delayMs };
    case 'cut':
      return { cut: true };
    case 'garbage':
      return { status: 200, body: fault.body };
    case 'clock':
      return { clockOffsetMs: fault.offsetMs };
  }
}
