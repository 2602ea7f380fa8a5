// The operator as a process behind a proxy: a test sees each of its requests to the API server, and can kill it between two.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { KubeConfig } from '@kubernetes/client-node';
import { type ProxiedRequest, startApiProxy } from '@dot-kube/operator/testing';
import { kubectl } from '../cluster/kubectl.js';
import { type OperatorProcess, type OperatorProcessOptions, startOperatorProcess } from '../operator-process.js';
import { OPERATOR_NAMESPACE, WITHOUT_BRAKE } from './harness.js';
import { proxiedKubeconfig } from '../proxied-kubeconfig.js';

export interface ProxiedOperatorOptions extends Pick<OperatorProcessOptions, 'args' | 'env'> {
  readonly onAnswer: (request: ProxiedRequest, operator: OperatorProcess) => Promise<void> | void;
}

const BUNDLE = ['dist/kubexray-operator.cjs'];

export interface ProxiedOperator {
  readonly process: OperatorProcess;
  /** Kills the process if it still runs, and takes the proxy away once all that it asked is answered. */
  close(): Promise<void>;
}

/** The bundle that the image holds. It has the rights that config/rbac gives, and no others. */
export async function startProxiedOperator(options: ProxiedOperatorOptions): Promise<ProxiedOperator> {
  const { onAnswer, args = [], env = {} } = options;
  const proxy = await startApiProxy({ ...apiServer(), onAnswer: async (request) => onAnswer(request, operator) });
  const directory = await mkdtemp(join(tmpdir(), 'kubexray-operator-'));
  const kubeconfigPath = join(directory, 'kubeconfig');
  await writeFile(kubeconfigPath, JSON.stringify(proxiedKubeconfig(proxy.url, await operatorToken())), { mode: 0o600 });
  const operator = startOperatorProcess({ kubeconfigPath, program: BUNDLE, env, args: [...WITHOUT_BRAKE, ...args] });
  return {
    process: operator,
    close: async () => {
      await operator.kill();
      await proxy.close();
      await rm(directory, { recursive: true, force: true });
    },
  };
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
