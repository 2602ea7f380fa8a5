// The operator is cut off after each of its writes in turn. Started again, it ends where an undisturbed one ends.
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { KubeClient } from '@dot-kube/operator';
import { eventually } from '@dot-kube/operator/testing';
import type { XrayScanResult } from '../../src/api/v1alpha1/types.js';
import { digestOf } from '../cluster/digest.js';
import { kubectl } from '../cluster/kubectl.js';
import { type Simulator, startSimulator } from '../xray-simulator/simulator.js';
import {
  aNamespace,
  anXrayPolicy,
  apply,
  aWorkload,
  get,
  installOperator,
  newClient,
  type RunningOperator,
  startOperator,
  TOKEN,
} from './harness.js';

const WRITES = ['patch', 'create', 'delete'] as const;

/** A client that is dead after so many writes in one namespace: the last one is carried out, its answer never arrives. */
async function dyingClient(namespace: string, writes: number, onDeath: () => void): Promise<KubeClient> {
  const client = await newClient();
  let left = writes;
  return new Proxy(client, {
    get: (target, property) => {
      const value: unknown = Reflect.get(target, property, target);
      if (typeof value !== 'function') return value;
      if (!WRITES.some((write) => write === property))
        return (...args: readonly unknown[]): unknown => Reflect.apply(value, target, args);
      return async (...args: readonly unknown[]): Promise<unknown> => {
        const isOurs = JSON.stringify(args).includes(`"${namespace}"`);
        if (!isOurs) return Reflect.apply(value, target, args);
        if (left <= 0) throw new Error('dead');
        left--;
        const answer: unknown = await Reflect.apply(value, target, args);
        if (left > 0) return answer;
        onDeath();
        throw new Error('dead');
      };
    },
  });
}

let simulator: Simulator;
const running: RunningOperator[] = [];

beforeAll(async () => {
  simulator = await startSimulator({ token: TOKEN });
  simulator.put(digestOf('crash/web:1'), {
    issues: [{ issue_id: 'XRAY-1', summary: 'overflow', severity: 'Critical' }],
  });
  await installOperator(simulator.url);
}, 60_000);

afterAll(async () => {
  for (const operator of running) await operator.stop();
  await simulator.close();
}, 60_000);

// Result, replicas with note, Event, status: the writes of a scale-down.
test.each([1, 2, 3, 4])(
  'cut off after write %d of a scale-down',
  async (writes) => {
    const namespace = `crash-${writes}`;
    const dead = Promise.withResolvers<undefined>();
    const client = await dyingClient(namespace, writes, () => {
      dead.resolve(undefined);
    });
    const first = await startOperator(client);
    const actions = { deployments: 'ScaleDown' };
    await apply(aNamespace(namespace));
    await apply(aWorkload(namespace, { image: 'crash/web:1', replicas: 3 }));
    await apply(anXrayPolicy(namespace, { mode: 'Enforce', security: { actions } }));
    await dead.promise;
    await first.stop();

    const second = await startOperator();
    await eventually(
      async () => {
        const { status } = await get<XrayScanResult>('xscan', namespace, 'deployment-web');
        expect(status).toMatchObject({ verdict: 'Violating', action: 'ScaledDown', enforcement: { replicas: 3 } });
        const deployment = await get<{ spec: { replicas: number }; metadata: { annotations: Record<string, string> } }>(
          'deployment',
          namespace,
          'web',
        );
        expect(deployment.spec.replicas).toBe(0);
        expect(JSON.parse(deployment.metadata.annotations['kubexray.io/stopped'] ?? '{}')).toMatchObject({
          replicas: 3,
        });
        const events = await kubectl([
          'get',
          'events.events.k8s.io',
          '-n',
          namespace,
          '-o',
          'name',
          '--field-selector',
          'reason=ScaledDown,reportingController=kubexray.io/operator',
        ]);
        expect(events.trim().split('\n')).toHaveLength(1);
      },
      { withinMs: 30_000, everyMs: 200 },
    );
    await second.stop();
  },
  90_000,
);
