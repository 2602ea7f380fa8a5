import { expect, test } from '@jest/globals';
import { untilNext } from '../../../../src/controllers/workloads/until-next.js';
import type { Plan } from '../../../../src/plan/plan.js';
import { after, aTarget, aWorkload, now } from '../../../builders/builders.js';

type Passed = Parameters<typeof untilNext>[0];

const note = {
  before: { by: 'replicas', replicas: 3 } as const,
  at: now.toISOString(),
  attempts: 1,
  policy: 'shop/base',
  digests: {},
};
const backingOff: Plan = { kind: 'backingOff', until: after(4_000), note };
const quiet: Passed = {
  ...{ workload: aWorkload(), judgement: {}, planned: { kind: 'nothing' }, contention: undefined },
  ...{ jobs: { changes: [] }, againMs: undefined, now },
};
const fight = { manager: 'flux', times: 1, since: now.toISOString() };
const custom = aWorkload({ target: aTarget({ kind: 'Custom' }) });
const notPermitted: Plan = { kind: 'refused', reason: 'NotPermitted', message: '' };

test.each<[string, Partial<Passed>, number | undefined]>([
  ['nothing more is to come: the watches tell', {}, undefined],
  ['the judgement changes by itself', { judgement: { nextAt: after(7_000) } }, 7_000],
  ['what was put back is stopped again', { planned: backingOff }, 4_000],
  ['a fight counts as over', { contention: { ...fight, until: after(9_000) } }, 9_000],
  ['a Job is suspended again', { jobs: { changes: [], until: after(5_000) } }, 5_000],
  ['the brake looks again', { againMs: 60_000 }, 60_000],
  [
    'a stopped custom workload, of which nothing tells',
    { workload: custom, planned: { kind: 'stopped', note } },
    30_000,
  ],
  ['a right may have been given', { planned: notPermitted }, 300_000],
  ['the first of several', { judgement: { nextAt: after(7_000) }, planned: backingOff, againMs: 60_000 }, 4_000],
  ['a time that is past', { judgement: { nextAt: after(-1) } }, 0],
])('a workload is looked at again when %s', (_, differs, requeueAfterMs) => {
  expect(untilNext({ ...quiet, ...differs }, true)).toEqual(requeueAfterMs === undefined ? {} : { requeueAfterMs });
});

test('what nobody gave the right for is tried again later', () => {
  expect(untilNext(quiet, false)).toEqual({ requeueAfterMs: 300_000 });
});
