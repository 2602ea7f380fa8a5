// The operator as a chart installs it: a process with the rights of the release's service account, and what its Deployment says
// of arguments, environment and probes. Its pod itself is played by kwok, so it does nothing.
import { freePorts } from '@dot-kube/operator/testing/cluster';
import { eventually } from '@dot-kube/operator/testing';
import { expect } from '@jest/globals';
import type { V1Container, V1Deployment, V1Probe } from '@kubernetes/client-node';
import { read } from '../../cluster/live.js';
import { OPERATOR_NAMESPACE } from '../harness.js';
import { startProxiedOperator } from '../proxied-operator.js';

const SOON = { withinMs: 30_000, everyMs: 100 };

export interface Installed {
  /** What the API server refused it, as `PATCH /apis/…`. */
  readonly refused: readonly string[];
  stop(): Promise<void>;
}

/** Resolves once its readiness probe is answered as the kubelet wants it. */
export async function startAsInstalled(): Promise<Installed> {
  const { spec } = await read<V1Deployment>('deployment', OPERATOR_NAMESPACE, 'kubexray-operator');
  const [container] = spec?.template.spec?.containers ?? [];
  if (container === undefined) throw new Error('the Deployment has no container');
  const { args, portOf } = await withFreePorts(container);
  const refused: string[] = [];
  const operator = await startProxiedOperator({
    args,
    env: Object.fromEntries((container.env ?? []).map(({ name, value = OPERATOR_NAMESPACE }) => [name, value])),
    onAnswer: ({ method, path, status }) => {
      if (status === 403) refused.push(`${method} ${path}`);
    },
  });
  await operator.process.inStep();
  for (const probe of [container.livenessProbe, container.readinessProbe])
    await eventually(async () => {
      expect((await fetch(urlOf(probe, portOf))).status).toBe(200);
    }, SOON);
  return {
    refused,
    stop: async () => {
      await operator.process.stop();
      await operator.close();
    },
  };
}

/** Other ports than a pod of its own would have, each where the arguments name one that the container lists. */
async function withFreePorts({ args = [], ports = [] }: V1Container): Promise<{
  args: readonly string[];
  portOf: ReadonlyMap<string, number>;
}> {
  const free = await freePorts(ports.length);
  const portOf = new Map(ports.map(({ name = '' }, i) => [name, free[i] ?? 0]));
  const changed = ports.reduce<readonly string[]>((said, { name = '', containerPort }) => {
    const flag = `--${name}-port=`;
    expect(said).toContain(`${flag}${containerPort}`);
    return said.map((one) => (one.startsWith(flag) ? `${flag}${portOf.get(name) ?? 0}` : one));
  }, args);
  return { args: changed, portOf };
}

function urlOf(probe: V1Probe | undefined, portOf: ReadonlyMap<string, number>): string {
  const { path = '', port = '' } = probe?.httpGet ?? {};
  return `http://127.0.0.1:${portOf.get(String(port)) ?? 0}${path}`;
}
