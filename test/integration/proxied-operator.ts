// The operator as a process behind a proxy: a test sees each of its requests to the API server, and can kill it between two.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { KubeConfig } from '@kubernetes/client-node';
import { type ProxiedRequest, startApiProxy } from '@dot-kube/operator/testing';
import { kubectl } from '../cluster/kubectl.js';
import { type OperatorProcess, type OperatorProcessOptions, startOperatorProcess } from '../operator-process.js';
import { OPERATOR_NAMESPACE, WITHOUT_BRAKE } from './harness.js';
import { endedWithTheFile, expectNotOver } from './left-running.js';
import { proxiedKubeconfig } from '../proxied-kubeconfig.js';

export interface ProxiedOperatorOptions extends Pick<OperatorProcessOptions, 'args' | 'env'> {
  readonly onAnswer: (request: ProxiedRequest, operator: OperatorProcess) => Promise<void> | void;
}

const STOPS_WITHIN_MS = 20_000;
const BUNDLE = ['dist/kubexray-operator.cjs'];

export interface ProxiedOperator {
  readonly process: OperatorProcess;
  /** Kills the process if it still runs, and takes the proxy away once all that it asked is answered. */
  close(): Promise<void>;
}

/** The bundle that the image holds. It has the rights that config/rbac gives, and no others. */
export async function startProxiedOperator(options: ProxiedOperatorOptions): Promise<ProxiedOperator> {
  const { onAnswer, args = [], env = {} } = options;
  const token = await operatorToken();
  expectNotOver();
  const proxy = await startApiProxy({ ...apiServer(), onAnswer: async (request) => onAnswer(request, operator) });
  const directory = await mkdtemp(join(tmpdir(), 'kubexray-operator-'));
  const kubeconfigPath = join(directory, 'kubeconfig');
  await writeFile(kubeconfigPath, JSON.stringify(proxiedKubeconfig(proxy.url, token)), { mode: 0o600 });
  const operator = startOperatorProcess({ kubeconfigPath, program: BUNDLE, env, args: [...WITHOUT_BRAKE, ...args] });
  const end = endedWithTheFile(async () => {
    await endInTime(operator);
    await proxy.close();
    await rm(directory, { recursive: true, force: true });
  });
  return {
    process: operator,
    close: async () => {
      await operator.kill();
      await end();
    },
  };
}

/** In good order, so that whoever stops it after this finds nothing wrong; it may be frozen, or hang. */
async function endInTime(operator: OperatorProcess): Promise<void> {
  operator.thaw();
  const late = setTimeout(() => void operator.kill(), STOPS_WITHIN_MS);
  await operator.stop().catch(() => undefined);
  clearTimeout(late);
}

function apiServer(): { server: string; certificateAuthority: string } {
  const config = new KubeConfig();
  config.loadFromDefault();
  const { server, caData } = config.getCurrentCluster() ?? {};
  if (server === undefined || caData === undefined)
    throw new Error('these tests need a kubeconfig with certificate-authority-data');
  return { server, certificateAuthority: Buffer.from(caData, 'base64').toString('utf8') };
}

async function operatorToken(): Promise<string> {
  return (await kubectl(['create', 'token', 'kubexray-operator', '-n', OPERATOR_NAMESPACE])).trim();
}
