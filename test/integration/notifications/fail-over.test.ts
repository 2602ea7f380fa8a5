// The leader is killed while a message is under way, and after it: the next one says what nobody has taken for certain, and no more.
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { eventually } from '@dot-kube/operator/testing';
import { digestOf } from '../../cluster/digest.js';
import { kubectl } from '../../cluster/kubectl.js';
import { type SimulatorProcess, startSimulatorProcess } from '../../xray-simulator/process.js';
import { aNamespace, anXrayPolicy, aWorkload } from '../../builders/manifests.js';
import { apply, installOperator, OPERATOR_NAMESPACE, TOKEN } from '../harness.js';
import { type ProxiedOperator, startProxiedOperator } from '../proxied-operator.js';
import { eventOf, type MessageReceiver, type Received, startMessageReceiver } from './message-receiver.js';

const namespace = 'fail-over';
const SOON = { withinMs: 90_000, everyMs: 20 };
const [ENFORCED, RESTORED] = ['io.kubexray.workloads.enforced.v1', 'io.kubexray.workloads.restored.v1'];

let simulator: SimulatorProcess;
let receiver: MessageReceiver;
let leader: ProxiedOperator;
/** Undefined while the former one leads: of two that wait for the lease, either may get it. */
let standby: ProxiedOperator | undefined;
/** Called once, when it is written into the result of `written` that it was told. */
let onRemembered: (() => Promise<void>) | undefined;

beforeAll(async () => {
  simulator = await startSimulatorProcess({ token: TOKEN });
  receiver = await startMessageReceiver();
  await installOperator(simulator.url);
  await kubectl(['delete', 'deployment', 'kubexray-operator', '-n', OPERATOR_NAMESPACE]);
  const url = `http://${receiver.host}/in`;
  await apply(aNamespace(namespace), {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { namespace, name: 'receiver' },
    stringData: { url },
  });
  await mayReadSecret();
  const notify = [
    { name: 'team', secretRef: { name: 'receiver' }, format: 'CloudEvents', events: ['Enforced', 'Restored'] },
  ];
  await apply(anXrayPolicy(namespace, { mode: 'Enforce', security: { actions: { default: 'ScaleDown' } }, notify }));
  leader = await startReplica();
  await leads(leader);
}, 120_000);

afterAll(async () => {
  await standby?.process.kill();
  await leader.process.stop();
  await leader.close();
  await standby?.close();
  await simulator.close();
  receiver.close();
  await kubectl(['delete', 'namespace', '--wait=false', namespace]);
}, 60_000);

beforeEach(async () => {
  receiver.clear();
  standby ??= await startReplica();
}, 60_000);

/** As docs/notifications.md has it. */
async function mayReadSecret(): Promise<void> {
  const metadata = { namespace, name: 'kubexray-operator-notifications' };
  const apiGroup = 'rbac.authorization.k8s.io';
  const rule = { apiGroups: [''], resources: ['secrets'], resourceNames: ['receiver'], verbs: ['get'] };
  const operator = { kind: 'ServiceAccount', name: 'kubexray-operator', namespace: OPERATOR_NAMESPACE };
  await apply(
    { apiVersion: `${apiGroup}/v1`, kind: 'Role', metadata, rules: [rule] },
    {
      apiVersion: `${apiGroup}/v1`,
      kind: 'RoleBinding',
      metadata,
      roleRef: { apiGroup, kind: 'Role', name: metadata.name },
      subjects: [operator],
    },
  );
}

async function startReplica(): Promise<ProxiedOperator> {
  const operator = await startProxiedOperator({
    args: ['--notification-hosts', `http://${receiver.host}`],
    onAnswer: async ({ query, path, status }) => {
      if (
        status !== 200 ||
        query.get('fieldManager') !== 'kubexray-notifications' ||
        !path.includes('/deployment-written/')
      )
        return;
      const then = onRemembered;
      onRemembered = undefined;
      await then?.();
    },
  });
  await operator.process.inStep();
  return operator;
}

async function leads({ process }: ProxiedOperator): Promise<void> {
  await eventually(() => {
    expect(process.log()).toContain('this replica leads');
  }, SOON);
}

/** Resolves once the other one leads. */
async function killLeader(): Promise<void> {
  if (standby === undefined) throw new Error('there is no other replica');
  await leader.process.kill();
  await leader.close();
  leader = standby;
  standby = undefined;
  await leads(leader);
}

async function stopWorkload(name: string): Promise<void> {
  const image = `${namespace}/${name}:bad`;
  await simulator.put(digestOf(image), { issues: [{ issue_id: 'XRAY-1', summary: 'overflow', severity: 'Critical' }] });
  await apply(aWorkload(namespace, { name, image }));
}

/** The end of a stop is told after all that was there to tell of it: once it has come, nothing more of the stop will. */
async function restoreWorkload(name: string): Promise<void> {
  await simulator.put(digestOf(`${namespace}/${name}:bad`), {});
  await eventually(() => {
    expect(typesOf(taken()).at(-1)).toBe(RESTORED);
  }, SOON);
}

const taken = (): readonly Received[] => receiver.received.filter(({ status }) => status === 200);
const typesOf = (messages: readonly Received[]): readonly string[] => messages.map((one) => eventOf(one).type);
const idsOf = (messages: readonly Received[]): ReadonlySet<string> => new Set(messages.map((one) => eventOf(one).id));

async function arrived(count: number): Promise<void> {
  await eventually(() => {
    expect(receiver.received).toHaveLength(count);
  }, SOON);
}

test('killed before the receiver has answered: the next leader says it, with the same id', async () => {
  receiver.hang('/in');
  await stopWorkload('asked');
  await arrived(1);
  await killLeader();
  receiver.release('/in');
  await arrived(2);
  await restoreWorkload('asked');
  expect(typesOf(receiver.received)).toEqual([ENFORCED, ENFORCED, RESTORED]);
  expect(typesOf(taken())).toEqual([ENFORCED, RESTORED]);
  expect(idsOf(receiver.received).size).toBe(2);
}, 240_000);

test('killed after the receiver has taken it, before that is known: it comes once more, with the same id', async () => {
  receiver.hang('/in');
  await stopWorkload('taken');
  await arrived(1);
  leader.process.freeze(); // it will not see the answer
  receiver.release('/in');
  await killLeader();
  await arrived(2);
  await restoreWorkload('taken');
  expect(typesOf(taken())).toEqual([ENFORCED, ENFORCED, RESTORED]);
  expect(idsOf(taken()).size).toBe(2);
}, 240_000);

test('killed once it is written that it was told: nobody says it again', async () => {
  const written = Promise.withResolvers<undefined>();
  onRemembered = async () => {
    written.resolve(undefined);
    await leader.process.kill();
  };
  await stopWorkload('written');
  await written.promise;
  await killLeader();
  await restoreWorkload('written');
  expect(typesOf(receiver.received)).toEqual([ENFORCED, RESTORED]);
}, 240_000);
