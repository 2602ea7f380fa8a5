// Thousands of generated policies, valid and not. Each is asked of the API server by a dry run, which is its whole validation
// without the storing; what it would keep, with its defaults, is compiled and judged by. A part of them is then made for real,
// under a running operator. None may crash anything, none may touch another namespace.
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { eventually } from '@dot-kube/operator/testing';
import fc from 'fast-check';
import type { Condition, XrayPolicySpec, XrayScanResultStatus } from '../../src/api/v1alpha1/types.js';
import { compilePolicy } from '../../src/evaluate/policy.js';
import { coversNamespace } from '../../src/evaluate/tiers.js';
import { evaluate } from '../../src/evaluate/verdict.js';
import { aVulnerability, aWorkload, noMemory, now, scanned } from '../builders/builders.js';
import { digestOf } from '../cluster/digest.js';
import { kubectl } from '../cluster/kubectl.js';
import { type SimulatorProcess, startSimulatorProcess } from '../xray-simulator/process.js';
import { type Answer, type DryRun, openDryRun } from './dry-run.js';
import { aNamespace, anXrayPolicy, aWorkload as aRunningWorkload } from '../builders/manifests.js';
import { read, readAll } from '../cluster/live.js';
import { apply, installOperator, replicasOf, type RunningOperator, startOperator, TOKEN } from './harness.js';

const COUNT = 5_000;
const SEED = 20_261_124; // the same policies in every run: a failure can be looked at
const MADE_FOR_REAL = 150;
const AT_ONCE = 16;
const BAD = 'generated/web:bad';
const [theirs, bystander] = ['generated', 'generated-bystander'];

/** Mostly a good value; now and then one that nobody should write. */
function mostlyOf(good: readonly unknown[], bad: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> {
  return fc.oneof({ weight: 30, arbitrary: fc.constantFrom(...good) }, bad);
}

const strange = fc.oneof(
  fc.constantFrom('', ' ', '^GPL.*$', '(a+)+$', '*'.repeat(200), '\u0000', '💥', 'ﷺ', '__proto__', 'a'.repeat(600)),
  fc.string({ maxLength: 40 }),
);
const license = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom('MIT', 'AGPL-3.0-*', '*', '?', 'GPL-2.0 AND MIT') },
  strange,
);
const image = mostlyOf(['registry.k8s.io/*', '*', 'shop/web:?'], strange);
const duration = mostlyOf(
  ['0s', '15m', '1h30m', '90d'],
  fc.constantFrom('', '15', '-1h', '1.5h', '99999999999999999999d', '1d'.repeat(16), '1y'),
);
const action = mostlyOf(['Ignore', 'ScaleDown', 'Delete'], fc.constantFrom('', 'Stop', 1, null));
const actions = fc.record(
  { deployments: action, statefulSets: action, daemonSets: action, pods: action, default: action },
  { requiredKeys: [] },
);
const label = mostlyOf(['app', 'tier', 'kubernetes.io/metadata.name'], fc.constantFrom('', 'a'.repeat(400)));
const requirement = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.constantFrom<unknown>(
      { key: 'app', operator: 'In', values: ['web'] },
      { key: 'app', operator: 'Exists' },
      { key: 'app', operator: 'DoesNotExist' },
    ),
  },
  fc.record({ key: label, operator: fc.constantFrom('In', 'NotIn', 'Exists', 'Equals') }),
);
const selector = fc.record(
  {
    matchLabels: fc.dictionary(fc.constantFrom('app', 'tier'), fc.constantFrom('web', '', 'a'.repeat(63)), {
      maxKeys: 2,
    }),
    matchExpressions: fc.array(requirement, { maxLength: 2 }),
  },
  { requiredKeys: [] },
);
const flag = mostlyOf([true, false], fc.constantFrom('true', 1, null));
const licenses = fc.uniqueArray(license, { minLength: 1, maxLength: 3 });
const policy: fc.Arbitrary<Record<string, unknown>> = fc.record(
  {
    mode: mostlyOf(['Enforce', 'Audit'], fc.constantFrom('enforce', '', 0)),
    workloadSelector: selector,
    unscanned: fc.record(
      { gracePeriod: duration, exemptImages: fc.uniqueArray(image, { maxLength: 3 }), actions },
      { requiredKeys: [] },
    ),
    security: fc.record(
      {
        minSeverity: mostlyOf(['Critical', 'High', 'Medium', 'Low', 'Unknown'], fc.constant('Info')),
        minCvssScore: mostlyOf([0, 7.5, 10], fc.constantFrom(-1, 11, 'high')),
        onlyFixable: flag,
        onlyApplicable: flag,
        ignoredVulnerabilities: fc.uniqueArray(mostlyOf(['CVE-2026-0001', 'XRAY-1', 'CVE-2026-0002'], strange), {
          maxLength: 3,
        }),
        gracePeriod: duration,
        actions,
      },
      { requiredKeys: [] },
    ),
    license: fc.oneof(
      { weight: 4, arbitrary: fc.record({ denied: licenses, actions }) },
      { weight: 4, arbitrary: fc.record({ allowed: licenses, unknown: fc.constantFrom('Allow', 'Deny'), actions }) },
      fc.record({ denied: licenses, allowed: licenses, unknown: fc.constantFrom('Deny', 'Ask') }, { requiredKeys: [] }),
    ),
    namespaceSelector: selector,
  },
  { requiredKeys: [] },
);

let simulator: SimulatorProcess;
let operator: RunningOperator;
let server: DryRun;

beforeAll(async () => {
  simulator = await startSimulatorProcess({ token: TOKEN });
  await simulator.put(digestOf(BAD), {
    issues: [{ issue_id: 'XRAY-1', summary: 'overflow', severity: 'Critical', cves: [{ cve: 'CVE-2026-0001' }] }],
    licenses: ['AGPL-3.0-only'],
  });
  await installOperator(simulator.url);
  await apply(aNamespace(theirs), aNamespace(bystander));
  await apply(aRunningWorkload(theirs, { image: BAD }), aRunningWorkload(bystander, { image: BAD }));
  operator = await startOperator();
  server = openDryRun(AT_ONCE);
}, 60_000);

afterAll(async () => {
  await server.close();
  await operator.stop();
  await simulator.close();
  await kubectl(['delete', 'namespace', '--wait=false', theirs, bystander]);
}, 60_000);

interface Asked {
  readonly spec: Record<string, unknown>;
  readonly answer: Answer;
}

async function askAll(): Promise<readonly Asked[]> {
  const specs = fc.sample(policy, { numRuns: COUNT, seed: SEED }).map((spec, i) => {
    const { namespaceSelector, ...others } = spec; // an XrayPolicy has none; one in twenty tries
    return i % 20 === 0 && namespaceSelector !== undefined ? spec : others;
  });
  const waiting = specs.entries();
  const asked: Asked[] = [];
  const worker = async (): Promise<void> => {
    for (const [i, spec] of waiting) {
      const object = { ...anXrayPolicy(theirs, spec, `p${i}`), metadata: { namespace: theirs, name: `p${i}` } };
      asked.push({ spec, answer: await server.create('xraypolicies', object) });
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  return asked;
}

const workload = aWorkload({ ref: { ...aWorkload().ref, namespace: theirs } });
const knowledge = [
  scanned([aVulnerability()], ['AGPL-3.0-only', 'Unknown', 'GPL-2.0 AND MIT']),
  { state: 'unscanned', at: now },
  { state: 'unavailable', why: 'HTTP 503' },
] as const;

function isKept(object: unknown): object is { readonly spec: XrayPolicySpec } {
  return typeof object === 'object' && object !== null && 'spec' in object;
}

/** @returns whether it is in force */
function judgeBy(kept: unknown): boolean {
  if (!isKept(kept)) throw new Error('the API server gave no object back');
  const compiled = compilePolicy({ namespace: theirs, name: 'one' }, kept.spec);
  if (!compiled.ok) {
    expect(compiled.reason).toMatch(/^[A-Z][A-Za-z]+$/);
    expect(compiled.message.length).toBeGreaterThan(20);
    return false;
  }
  expect(coversNamespace(compiled.policy, { name: bystander, labels: {} })).toBe(false);
  for (const known of knowledge)
    evaluate({
      workload,
      knowledgeOf: () => known,
      policies: [compiled.policy],
      exceptions: [],
      memory: noMemory,
      now,
    });
  return true;
}

let accepted: readonly Asked[] = [];

test(`each of ${COUNT} is refused with the field and a reason, is not in force with a reason, or can be judged by`, async () => {
  const asked = await askAll();
  expect(asked).toHaveLength(COUNT);
  const outcomes = { refused: 0, invalid: 0, works: 0 };
  for (const { answer } of asked) {
    expect([201, 400, 422]).toContain(answer.status);
    if (answer.status !== 201) {
      expect(answer.message).toMatch(/spec/);
      outcomes.refused++;
    } else if (judgeBy(answer.object)) outcomes.works++;
    else outcomes.invalid++;
  }
  accepted = asked.filter(({ answer }) => answer.status === 201);
  // Without enough of each kind the test would show nothing.
  expect(Math.min(...Object.values(outcomes))).toBeGreaterThan(100);
}, 180_000);

interface Policy {
  readonly metadata: { readonly name: string };
  readonly status?: { readonly conditions?: readonly Condition[] };
}

test('made for real, each says whether it is in force, the operator goes on, and nobody else is touched', async () => {
  const some = accepted.slice(0, MADE_FOR_REAL);
  // Made as they were tried: server-side apply takes no null, where a create leaves it out.
  const items = some.map(({ spec }, i) => anXrayPolicy(theirs, spec, `p${i}`));
  await kubectl(['create', '-f', '-'], { input: JSON.stringify({ apiVersion: 'v1', kind: 'List', items }) });
  await eventually(
    async () => {
      const policies = await readAll<Policy>('xpol', theirs);
      expect(policies).toHaveLength(some.length);
      const silent = policies.filter(({ status }) => status?.conditions?.some(({ type }) => type === 'Ready') !== true);
      expect(silent.map(({ metadata }) => metadata.name)).toEqual([]);
    },
    { withinMs: 60_000, everyMs: 500 },
  );
  await apply(aRunningWorkload(theirs, { name: 'late', image: BAD }));
  await eventually(
    async () => {
      const late = await read<{ status?: XrayScanResultStatus }>('xscan', theirs, 'deployment-late');
      expect(late.status?.verdict).toBe('Violating');
    },
    { withinMs: 30_000, everyMs: 200 },
  );
  const { status } = await read<{ status?: XrayScanResultStatus }>('xscan', bystander, 'deployment-web');
  expect(status).toMatchObject({ verdict: 'Compliant', action: 'None', violations: [] });
  expect(await replicasOf('Deployment', bystander, 'web')).toBe(2);
}, 150_000);
