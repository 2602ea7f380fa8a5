import { expect, test } from '@jest/globals';
import { WORKLOAD_KINDS } from '../../../src/api/workload-kinds.js';
import type { Judgement } from '../../../src/evaluate/verdict.js';
import type { ObservedTarget } from '../../../src/observe/observed.js';
import { type Note, noteText } from '../../../src/plan/note.js';
import type { Plan } from '../../../src/plan/plan.js';
import { planJobs } from '../../../src/plan/plan-jobs.js';
import type { StartedJob } from '../../../src/workload/workload.js';
import {
  aDigest,
  after,
  aPolicy,
  aTarget,
  aViolation,
  aVulnerability,
  aWorkload,
  now,
  scanned,
} from '../../builders/builders.js';

const note: Note = {
  before: { by: 'suspend' },
  at: after(-60_000).toISOString(),
  attempts: 1,
  policy: 'shop/base',
  digests: { 'shop/web:1': aDigest() },
};
const violating: Judgement = {
  verdict: 'Violating',
  images: [],
  applied: [],
  violations: [aViolation()],
  waived: [],
  leftovers: [],
  waivedLeftovers: [],
  demand: 'ScaleDown',
  allowsDataLoss: false,
  auditDemand: 'Ignore',
  undecided: false,
  open: [],
};
const quiet: Judgement = { ...violating, verdict: 'Compliant', violations: [], demand: 'Ignore' };
const stopped: Plan = { kind: 'stopped', note };
const goesOn: Plan = { kind: 'change', change: { kind: 'Restore', note } };

/** Nothing is found against the image, and that says nothing. */
function openTo(knowledge: Partial<ReturnType<typeof scanned>>, revision: 'Current' | 'Previous'): Judgement {
  const image = { ...aWorkload().images[0], reference: 'shop/web:1', containers: [], revision, firstSeen: now };
  const policy = aPolicy({ mode: 'Enforce', security: { source: 'Violations', actions: { cronJobs: 'ScaleDown' } } });
  const applied = [{ policy, holds: ['Security'], yields: [] }] as const;
  return { ...quiet, images: [{ ...image, knowledge: { ...scanned(), ...knowledge } }], applied, undecided: true };
}
const untold = {
  facts: { ...scanned([aVulnerability()]).facts, raised: { known: false, why: 'no permission' } },
} as const;
const told = { facts: { ...untold.facts, raised: { known: true, vulnerabilities: [], licenses: [] } } } as const;

function aJob(suspend: boolean, differs: Partial<ObservedTarget> = {}, image = 'shop/web:1'): StartedJob {
  const target = aTarget({
    kind: 'Job',
    coordinates: WORKLOAD_KINDS.Job,
    stop: { by: 'suspend', suspend },
    ...differs,
  });
  return { target, references: new Set([image]), pods: 1 };
}

const ours = { note: noteText(note), stopManager: 'kubexray-operator' };

const cases: Record<string, [job: StartedJob, planned: Plan, judgement: Judgement, want: string | undefined]> = {
  'is suspended with its CronJob': [aJob(false), stopped, violating, 'ScaleDown'],
  'of another image runs on': [aJob(false, {}, 'shop/other:1'), stopped, violating, undefined],
  'is not suspended while its CronJob is not': [aJob(false), { kind: 'nothing' }, violating, undefined],
  'is not suspended where its CronJob must not be': [
    aJob(false),
    { kind: 'refused', reason: 'ProtectedNamespace', message: '' },
    violating,
    undefined,
  ],
  'goes on with its CronJob': [aJob(true, ours), goesOn, quiet, 'Restore'],
  'goes on after a pass that was cut off behind its CronJob': [aJob(true, ours), { kind: 'nothing' }, quiet, 'Restore'],
  'that somebody else suspended since is left alone': [
    aJob(true, { ...ours, stopManager: 'kueue' }),
    goesOn,
    quiet,
    'Forget',
  ],
  'of a former template that still violates stays suspended': [
    aJob(true, ours),
    goesOn,
    { ...quiet, leftovers: [aViolation()] },
    undefined,
  ],
  'stays suspended while it is not known what Xray raised of its image': [
    aJob(true, ours),
    stopped,
    openTo(untold, 'Current'),
    undefined,
  ],
  'of a former template stays suspended while that is not known': [
    aJob(true, ours),
    goesOn,
    openTo(untold, 'Previous'),
    undefined,
  ],
  'stays suspended while only a part of what Xray said is remembered': [
    aJob(true, ours),
    stopped,
    openTo({ unconfirmed: true }, 'Current'),
    undefined,
  ],
  'goes on once it is known that Xray raised nothing of its image': [
    aJob(true, ours),
    goesOn,
    openTo(told, 'Previous'),
    'Restore',
  ],
  'that was resumed soon after is not suspended at once': [
    aJob(false, { note: noteText({ ...note, at: now.toISOString(), attempts: 5 }) }),
    stopped,
    violating,
    undefined,
  ],
};

test.each(Object.entries(cases))('a Job %s', (_, [job, planned, judgement, want]) => {
  const surroundings = { protectedNamespaces: new Set<string>(), budgets: [] };
  const { changes } = planJobs({ jobs: [job], judgement, planned, surroundings, now });
  expect(changes.map(({ change }) => change.kind)).toEqual(want === undefined ? [] : [want]);
});
