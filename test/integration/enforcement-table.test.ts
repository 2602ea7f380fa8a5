// Conditions × actions × kinds × (running, about to run), on the real API server with the real controllers.
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { eventually } from '@dot-kube/operator/testing';
import type { XrayScanResult } from '../../src/api/v1alpha1/types.js';
import { digestOf } from '../cluster/digest.js';
import { kubectl } from '../cluster/kubectl.js';
import { type SimulatorProcess, startSimulatorProcess } from '../xray-simulator/process.js';
import { aNamespace, anXrayPolicy, aWorkload, pinned, type ScalableKind } from '../builders/manifests.js';
import { read } from '../cluster/live.js';
import {
  apply,
  eventReasons,
  installOperator,
  replicasOf,
  type RunningOperator,
  startOperator,
  TOKEN,
} from './harness.js';

type Action = 'Ignore' | 'ScaleDown' | 'Delete';

const conditions = {
  Unscanned: {
    rule: (actions: object) => ({ unscanned: { gracePeriod: '0s', actions } }),
    verdict: 'Unscanned',
    condition: 'Scanned',
  },
  Security: {
    rule: (actions: object) => ({ security: { minSeverity: 'High', actions } }),
    verdict: 'Violating',
    condition: 'SecurityCompliant',
  },
  License: {
    rule: (actions: object) => ({ license: { denied: ['AGPL-*'], actions } }),
    verdict: 'Violating',
    condition: 'LicenseCompliant',
  },
} as const;

type ConditionName = keyof typeof conditions;

interface Row {
  readonly name: string;
  readonly namespace: string;
  readonly condition: ConditionName;
  readonly action: Action;
  readonly kind: ScalableKind;
  readonly running: boolean;
}

const rows: Row[] = (['Unscanned', 'Security', 'License'] as const).flatMap((condition) =>
  (['Ignore', 'ScaleDown', 'Delete'] as const).flatMap((action) =>
    (['Deployment', 'StatefulSet'] as const).flatMap((kind) =>
      [true, false].map((running) => ({
        name: `${condition} ${action} ${kind} ${running ? 'running' : 'about to run'}`,
        namespace: `table-${condition}-${action}-${kind}-${running ? 'running' : 'starting'}`.toLowerCase(),
        condition,
        action,
        kind,
        running,
      })),
    ),
  ),
);

const want = {
  Ignore: { action: 'Ignored', reason: 'PolicyViolated', replicas: 2 },
  ScaleDown: { action: 'ScaledDown', reason: 'ScaledDown', replicas: 0 },
  Delete: { action: 'Deleted', reason: 'Deleted', replicas: undefined },
} as const;

let simulator: SimulatorProcess;
let operator: RunningOperator;

beforeAll(async () => {
  simulator = await startSimulatorProcess({ token: TOKEN });
  await simulator.put(digestOf('table/security:1'), {
    issues: [{ issue_id: 'XRAY-1', summary: 'overflow', severity: 'Critical', cves: [{ cve: 'CVE-2026-0001' }] }],
  });
  await simulator.put(digestOf('table/license:1'), { licenses: ['AGPL-3.0-only'] });
  await installOperator(simulator.url);
  await apply(...rows.map(({ namespace }) => aNamespace(namespace)));
  await apply(
    ...rows.map(({ namespace, condition, action }) => {
      const actions = { deployments: action, statefulSets: action };
      return anXrayPolicy(namespace, { mode: 'Enforce', ...conditions[condition].rule(actions) });
    }),
  );
  operator = await startOperator();
  await apply(
    ...rows.map(({ namespace, condition, kind, running }) => {
      const reference = `table/${condition.toLowerCase()}:1`;
      return aWorkload(namespace, { kind, image: running ? reference : pinned(reference), neverPulled: !running });
    }),
  );
}, 120_000);

afterAll(async () => {
  await operator.stop();
  await simulator.close();
  await kubectl(['delete', 'namespace', '--wait=false', ...rows.map(({ namespace }) => namespace)]);
}, 60_000);

describe('each condition, with each action, on each kind', () => {
  test.each(rows.map((row) => [row.name, row] as const))(
    '%s',
    async (_, row) => {
      const { kind, namespace, condition, action } = row;
      const { verdict, condition: conditionType } = conditions[condition];
      await eventually(
        async () => {
          const { status } = await read<XrayScanResult>('xscan', namespace, `${kind.toLowerCase()}-web`);
          expect(status).toMatchObject({ verdict, action: want[action].action });
          const byType = new Map(status?.conditions?.map((one) => [one.type, one]));
          expect(byType.get(conditionType)?.status).toBe('False');
          expect(byType.get('Ready')?.status).toBe('False');
          expect(byType.get('Enforced')?.status).toBe(action === 'Ignore' ? 'False' : 'True');
          expect(await replicasOf(kind, namespace, 'web')).toBe(want[action].replicas);
          expect(await eventReasons(namespace, kind, 'web')).toEqual([want[action].reason]);
        },
        { withinMs: 60_000, everyMs: 250 },
      );
    },
    70_000,
  );
});
