// An upgrade to a bad image is taken back to the last revision that complies, and where none is known to, scaled down as asked.
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { KubeClient } from '@dot-kube/operator';
import { eventually } from '@dot-kube/operator/testing';
import type { XrayScanResultStatus } from '../../src/api/v1alpha1/types.js';
import { WORKLOAD_KINDS } from '../../src/api/workload-kinds.js';
import { digestOf } from '../cluster/digest.js';
import { kubectl } from '../cluster/kubectl.js';
import { type SimulatorProcess, startSimulatorProcess } from '../xray-simulator/process.js';
import {
  aClusterXrayPolicy,
  aNamespace,
  anXrayPolicy,
  aWorkload,
  pinned,
  type ScalableKind,
} from '../builders/manifests.js';
import { newClient, read } from '../cluster/live.js';
import {
  apply,
  eventReasons,
  installOperator,
  type RunningOperator,
  startOperator,
  statusBecomes,
  TOKEN,
} from './harness.js';

const GOOD = 'rollback/web:good';
const BETTER = 'rollback/web:better';
const BAD = 'rollback/web:bad';
const WORSE = 'rollback/web:worse';
const SOON = { withinMs: 60_000, everyMs: 100 };
const never = new AbortController().signal;

let simulator: SimulatorProcess;
let client: KubeClient;
let operator: RunningOperator;
const namespaces: string[] = [];

beforeAll(async () => {
  simulator = await startSimulatorProcess({ token: TOKEN });
  for (const image of [BAD, WORSE])
    await simulator.put(digestOf(image), {
      issues: [{ issue_id: 'XRAY-1', summary: 'overflow', severity: 'Critical' }],
    });
  for (const image of [GOOD, BETTER]) await simulator.put(digestOf(image), {});
  await installOperator(simulator.url);
  client = await newClient();
  operator = await startOperator();
}, 60_000);

afterAll(async () => {
  await operator.stop();
  await client.close();
  await simulator.close();
  await kubectl(['delete', 'namespace', '--wait=false', ...namespaces]);
  await kubectl(['delete', 'cxpol', 'rollback-floor', '--ignore-not-found']);
}, 60_000);

interface Live {
  readonly metadata: { readonly annotations?: Readonly<Record<string, string>> };
  readonly spec: {
    readonly replicas: number;
    readonly template: { readonly spec: { readonly containers: readonly { readonly image: string }[] } };
  };
}

const ROLLS_BACK = { mode: 'Enforce', rollback: 'PreviousCompliant', security: { actions: { default: 'ScaleDown' } } };

async function begin(name: string, policy: object | undefined): Promise<string> {
  const namespace = `rollback-${name}`;
  namespaces.push(namespace);
  await apply(aNamespace(namespace));
  if (policy !== undefined) await apply(anXrayPolicy(namespace, policy));
  return namespace;
}

/** Rolled out to the last pod. */
async function runs(kind: ScalableKind, namespace: string, image: string): Promise<void> {
  await apply(aWorkload(namespace, { kind, image }));
  await rolledOut(kind, namespace);
}

async function rolledOut(kind: ScalableKind, namespace: string): Promise<void> {
  await kubectl(['rollout', 'status', `${kind}/web`, '-n', namespace, '--timeout=60s']);
}

async function upgrade(kind: ScalableKind, namespace: string, image: string): Promise<void> {
  await kubectl(['set', 'image', `${kind}/web`, `main=${image}`, '-n', namespace]);
}

async function becomes(kind: ScalableKind, namespace: string, wanted: object): Promise<XrayScanResultStatus> {
  return statusBecomes(namespace, `${kind.toLowerCase()}-web`, wanted);
}

function enforced(reason: string): object {
  return { conditions: expect.arrayContaining([expect.objectContaining({ type: 'Enforced', reason })]) };
}

const KINDS = ['Deployment', 'StatefulSet'] as const;

describe.each(KINDS)('a %s', (kind) => {
  const name = kind.toLowerCase();

  test('goes back to the revision before, exactly as it was', async () => {
    const namespace = await begin(`back-${name}`, ROLLS_BACK);
    await runs(kind, namespace, GOOD);
    await becomes(kind, namespace, { verdict: 'Compliant', action: 'None' });
    const before = await read<Live>(kind, namespace, 'web');
    await upgrade(kind, namespace, BAD);
    const status = await becomes(kind, namespace, {
      verdict: 'Compliant',
      action: 'RolledBack',
      enforcement: {
        action: 'RolledBack',
        rollback: { from: { number: 2 }, to: { number: 1 }, digests: [digestOf(BAD)] },
      },
      ...enforced('RolledBack'),
    });
    expect(status.message).toMatch(/^Rolled back from revision 2 to revision 1 for policy rollback-/);
    const now = await read<Live>(kind, namespace, 'web');
    expect(now.spec).toEqual(before.spec);
    expect(JSON.parse(now.metadata.annotations?.['kubexray.io/rolled-back'] ?? '')).toMatchObject({
      policy: `${namespace}/base`,
      digests: [digestOf(BAD)],
    });
    await rolledOut(kind, namespace);
    expect(await eventReasons(namespace, kind, 'web')).toEqual(['RolledBack']);
  }, 120_000);

  test('past two bad ones to the last good, of which no pod is left', async () => {
    const namespace = await begin(`past-${name}`, { ...ROLLS_BACK, mode: 'Audit' });
    await runs(kind, namespace, GOOD);
    await becomes(kind, namespace, { verdict: 'Compliant' });
    await upgrade(kind, namespace, BAD);
    await rolledOut(kind, namespace);
    await becomes(kind, namespace, { action: 'Audited' });
    await upgrade(kind, namespace, WORSE);
    await rolledOut(kind, namespace);
    const { conditions = [] } = await becomes(kind, namespace, {
      action: 'Audited',
      images: [{ reference: WORSE, revision: 'Current' }],
      ...enforced('AuditMode'),
    });
    expect(conditions.find(({ type }) => type === 'Enforced')?.message).toBe(
      "A rollback to revision 1 would be done, were the policy's mode Enforce.",
    );
    await apply(anXrayPolicy(namespace, ROLLS_BACK));
    await becomes(kind, namespace, {
      action: 'RolledBack',
      verdict: 'Compliant',
      enforcement: { rollback: { from: { number: 3 }, to: { number: 1 } } },
    });
    await rolledOut(kind, namespace);
  }, 120_000);

  test('is scaled down where nobody knows any more what the revision before ran', async () => {
    const namespace = await begin(`unknown-${name}`, undefined);
    await runs(kind, namespace, GOOD);
    await upgrade(kind, namespace, BAD);
    await rolledOut(kind, namespace);
    await becomes(kind, namespace, { images: [{ reference: BAD }] });
    await apply(anXrayPolicy(namespace, ROLLS_BACK));
    const { enforcement } = await becomes(kind, namespace, { action: 'ScaledDown' });
    expect(enforcement?.message).toMatch(
      /It was not rolled back: of its former revisions, 1 would run images that nobody can tell/,
    );
    expect((await read<Live>(kind, namespace, 'web')).spec.replicas).toBe(0);
  }, 120_000);
});

test('an image that is named by its digest is taken back, whether or not a pod of it has run', async () => {
  const namespace = await begin('pinned', ROLLS_BACK);
  await runs('Deployment', namespace, pinned(GOOD));
  await becomes('Deployment', namespace, { verdict: 'Compliant' });
  await upgrade('Deployment', namespace, pinned(BAD));
  await becomes('Deployment', namespace, {
    action: 'RolledBack',
    verdict: 'Compliant',
    enforcement: { rollback: { from: { number: 2 }, to: { number: 1 } } },
  });
}, 120_000);

test('what somebody rolls out after it is judged afresh', async () => {
  const namespace = await begin('afresh', ROLLS_BACK);
  await runs('Deployment', namespace, GOOD);
  await becomes('Deployment', namespace, { verdict: 'Compliant' });
  await upgrade('Deployment', namespace, BAD);
  await becomes('Deployment', namespace, { action: 'RolledBack', verdict: 'Compliant' });
  await upgrade('Deployment', namespace, WORSE);
  await becomes('Deployment', namespace, {
    action: 'RolledBack',
    verdict: 'Compliant',
    enforcement: { rollback: { digests: [digestOf(WORSE)] } },
  });
  await upgrade('Deployment', namespace, BETTER);
  await becomes('Deployment', namespace, {
    action: 'None',
    verdict: 'Compliant',
    enforcement: { action: 'Released', reason: 'RolledOut', rollback: { digests: [digestOf(WORSE)] } },
  });
  await upgrade('Deployment', namespace, BAD);
  await becomes('Deployment', namespace, {
    action: 'RolledBack',
    images: [{ reference: BETTER, revision: 'Current' }],
  });
}, 120_000);

describe('brought back by a tool that re-applies', () => {
  test.each(['as it was', 'rendered anew'] as const)(
    '%s, it is scaled down',
    async (how) => {
      const namespace = await begin(`gitops-${how === 'as it was' ? 'same' : 'anew'}`, ROLLS_BACK);
      await runs('Deployment', namespace, GOOD);
      await becomes('Deployment', namespace, { verdict: 'Compliant' });
      let renders = 0;
      const sync = async (): Promise<void> => {
        const annotations = how === 'as it was' ? {} : { 'example.com/rendered': String(++renders) };
        const body = {
          apiVersion: 'apps/v1',
          kind: 'Deployment',
          metadata: { namespace, name: 'web' },
          spec: { template: { metadata: { annotations }, spec: { containers: [{ name: 'main', image: BAD }] } } },
        };
        await client.patch(
          WORKLOAD_KINDS.Deployment,
          { namespace, name: 'web' },
          { type: 'apply', body, fieldManager: 'argocd-controller', force: true },
          { signal: never },
        );
      };
      await sync();
      await becomes('Deployment', namespace, { action: 'RolledBack' });
      await sync();
      const status = await becomes('Deployment', namespace, {
        action: 'ScaledDown',
        contention: { manager: 'argocd-controller', times: 1 },
        enforcement: { action: 'ScaledDown', replicas: 2, rollback: { digests: [digestOf(BAD)] } },
      });
      expect(status.enforcement?.message).toContain('somebody brought the same image back');
      expect(status.conditions?.find(({ type }) => type === 'Contended')?.reason).toBe('PutBackByArgoCD');
      await eventually(async () => {
        const { spec } = await read<Live>('Deployment', namespace, 'web');
        expect([spec.replicas, spec.template.spec.containers[0]?.image]).toEqual([0, BAD]);
      }, SOON);
      expect(
        (await eventReasons(namespace, 'Deployment', 'web')).filter((reason) => reason === 'RolledBack'),
      ).toHaveLength(1);
      await upgrade('Deployment', namespace, GOOD);
      await becomes('Deployment', namespace, { action: 'Restored', verdict: 'Compliant' });
    },
    120_000,
  );
});

test('a floor that does not agree to a rollback has it scaled down', async () => {
  const namespace = await begin('floor', ROLLS_BACK);
  const namespaceSelector = { matchLabels: { 'kubernetes.io/metadata.name': namespace } };
  const security = { actions: { default: 'ScaleDown' } };
  await apply(aClusterXrayPolicy('rollback-floor', { tier: 'Required', mode: 'Enforce', namespaceSelector, security }));
  await runs('Deployment', namespace, GOOD);
  await becomes('Deployment', namespace, { verdict: 'Compliant' });
  await upgrade('Deployment', namespace, BAD);
  await becomes('Deployment', namespace, { action: 'ScaledDown' });
}, 120_000);

test('a paused Deployment is scaled down: its pods would stay', async () => {
  const namespace = await begin('paused', undefined);
  await runs('Deployment', namespace, GOOD);
  await upgrade('Deployment', namespace, BAD);
  await rolledOut('Deployment', namespace);
  await kubectl(['rollout', 'pause', 'deployment/web', '-n', namespace]);
  await apply(anXrayPolicy(namespace, ROLLS_BACK));
  const { enforcement } = await becomes('Deployment', namespace, { action: 'ScaledDown' });
  expect(enforcement?.message).toContain('the Deployment is paused');
}, 120_000);

test('what a rule of the cluster forbids by now is not tried again, and the workload is scaled down', async () => {
  const namespace = await begin('forbidden', ROLLS_BACK);
  await runs('Deployment', namespace, GOOD);
  await becomes('Deployment', namespace, { verdict: 'Compliant' });
  const name = 'rollback-forbidden';
  const rule = (kind: string, spec: object): object => ({
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind,
    metadata: { name },
    spec,
  });
  const resourceRules = [
    { apiGroups: ['apps'], apiVersions: ['v1'], operations: ['UPDATE'], resources: ['deployments'] },
  ];
  const expression = `object.spec.template.spec.containers.all(c, c.image != '${GOOD}')`;
  await apply(
    rule('ValidatingAdmissionPolicy', { matchConstraints: { resourceRules }, validations: [{ expression }] }),
    rule('ValidatingAdmissionPolicyBinding', {
      policyName: name,
      validationActions: ['Deny'],
      matchResources: { namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': namespace } } },
    }),
  );
  try {
    await upgrade('Deployment', namespace, BETTER); // which complies, and is judged so
    await becomes('Deployment', namespace, { verdict: 'Compliant', images: [{ reference: BETTER }] });
    await eventually(async () => {
      const back = kubectl(['set', 'image', 'deployment/web', `main=${GOOD}`, '-n', namespace, '--dry-run=server']);
      await expect(back).rejects.toThrow(name);
    }, SOON);
    await simulator.put(digestOf(BETTER), {
      issues: [{ issue_id: 'XRAY-2', summary: 'overflow', severity: 'Critical' }],
    });
    const { enforcement } = await becomes('Deployment', namespace, { action: 'ScaledDown' });
    expect(enforcement?.message).toContain('of its former revisions, 1 is refused by the API server');
  } finally {
    await simulator.put(digestOf(BETTER), {});
    await kubectl(['delete', 'validatingadmissionpolicybinding,validatingadmissionpolicy', name]);
  }
}, 120_000);
