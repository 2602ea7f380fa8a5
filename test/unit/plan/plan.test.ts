import { describe, expect, test } from '@jest/globals';
import { type BuiltInKind, WORKLOAD_KINDS } from '../../../src/api/workload-kinds.js';
import type { Judgement } from '../../../src/evaluate/verdict.js';
import type { ObservedBudget, ObservedTarget, StopField } from '../../../src/observe/observed.js';
import { type Note, noteOn, noteText, parseNote } from '../../../src/plan/note.js';
import { plan } from '../../../src/plan/plan.js';
import type { Surroundings } from '../../../src/plan/surroundings.js';
import { aDigest, after, aTarget, aViolation, now } from '../../builders/builders.js';

const note: Note = {
  before: { by: 'replicas', replicas: 3 },
  at: after(-60_000).toISOString(),
  attempts: 1,
  policy: 'shop/base',
  digests: { 'shop/web:1': aDigest() },
};
const replicas = (count: number): Pick<ObservedTarget, 'stop'> => ({ stop: { by: 'replicas', replicas: count } });
const stopped = { ...replicas(0), note: noteText(note), stopManager: 'kubexray-operator' };
const noteBy = (by: 'suspend' | 'nodeSelector'): Note => ({ ...note, before: { by } });
const ofKind = (kind: BuiltInKind, stop: StopField): Partial<ObservedTarget> => ({
  kind,
  coordinates: WORKLOAD_KINDS[kind],
  stop,
});
const daemonSet = (matchesNoNode: boolean): Partial<ObservedTarget> =>
  ofKind('DaemonSet', { by: 'nodeSelector', matchesNoNode });
const job = (suspend: boolean): Partial<ObservedTarget> => ofKind('Job', { by: 'suspend', suspend });

function aBudget(
  name: string,
  matchLabels: Readonly<Record<string, string>> | undefined,
  disruptionsAllowed: number,
): ObservedBudget {
  const { namespace, uid, resourceVersion, generation, labels, creationTimestamp } = aTarget();
  const object = { namespace, name, uid, resourceVersion, generation, labels, creationTimestamp };
  return { ...object, disruptionsAllowed, ...(matchLabels === undefined ? {} : { selector: { matchLabels } }) };
}

const quiet: Judgement = {
  verdict: 'Compliant',
  images: [],
  applied: [],
  violations: [],
  waived: [],
  leftovers: [],
  waivedLeftovers: [],
  demand: 'Ignore',
  allowsDataLoss: false,
  auditDemand: 'Ignore',
  undecided: false,
  open: [],
};

interface Given {
  readonly target?: Partial<ObservedTarget>;
  readonly judgement?: Partial<Judgement>;
  readonly surroundings?: Partial<Surroundings>;
  readonly isCutOff?: boolean;
  readonly want: object;
}

const cases: Record<string, Given> = {
  'nothing is asked, nothing is done': { want: { kind: 'nothing' } },
  'a stop keeps the replicas in its note': {
    judgement: { demand: 'ScaleDown' },
    want: {
      kind: 'change',
      change: {
        kind: 'ScaleDown',
        note: { before: { by: 'replicas', replicas: 3 }, attempts: 1, at: now.toISOString() },
      },
    },
  },
  'a stop notes which digests it was for: nobody can tell once the pods are gone': {
    judgement: {
      demand: 'ScaleDown',
      violations: [aViolation(), aViolation({ image: 'shop/init:2', digest: aDigest('b') })],
    },
    want: {
      kind: 'change',
      change: { note: { policy: 'shop/base', digests: { 'shop/web:1': aDigest('a'), 'shop/init:2': aDigest('b') } } },
    },
  },
  'what is stopped stays stopped': {
    judgement: { demand: 'ScaleDown' },
    target: stopped,
    want: { kind: 'stopped', note },
  },
  'what somebody else scaled to zero is not ours': {
    judgement: { demand: 'ScaleDown' },
    target: replicas(0),
    want: { kind: 'nothing' },
  },
  'it comes back with the replicas that it had': {
    target: stopped,
    want: { kind: 'change', change: { kind: 'Restore', note } },
  },
  'replicas that somebody else wrote are left alone': {
    target: { ...stopped, ...replicas(5), stopManager: 'kubectl' },
    want: { kind: 'change', change: { kind: 'Forget' } },
  },
  'a zero that somebody else wrote since is left alone': {
    target: { ...stopped, stopManager: 'kube-controller-manager' },
    want: { kind: 'change', change: { kind: 'Forget' } },
  },
  'it is not brought back before its controller has seen the stop': {
    target: { ...stopped, generation: 2, observedGeneration: 1 },
    want: { kind: 'stopped', note },
  },
  'not knowing restores nothing': {
    target: stopped,
    judgement: { undecided: true },
    want: { kind: 'stopped', note },
  },
  'put back and not judged yet, it keeps its note: the next stop is one more': {
    target: { ...stopped, ...replicas(4), stopManager: 'kubectl' },
    judgement: { undecided: true },
    want: { kind: 'undecided', note },
  },
  'put back and due again, it is stopped again': {
    target: { ...stopped, ...replicas(4) },
    judgement: { demand: 'ScaleDown' },
    want: { kind: 'change', change: { kind: 'ScaleDown', note: { before: { replicas: 4 }, attempts: 2 } } },
  },
  'put back soon, it backs off': {
    target: { ...stopped, ...replicas(4), note: noteText({ ...note, at: now.toISOString(), attempts: 5 }) },
    judgement: { demand: 'ScaleDown' },
    want: { kind: 'backingOff', until: after(16_000) },
  },
  'a stop that was cut off before the workload was stopped is ended at once, and counts once': {
    target: { kind: 'Custom', ...replicas(3), note: noteText({ ...note, at: now.toISOString() }) },
    judgement: { demand: 'ScaleDown' },
    isCutOff: true,
    want: { kind: 'change', change: { kind: 'ScaleDown', note: { attempts: 1 } } },
  },
  'a deletion is asked for': {
    judgement: { demand: 'Delete' },
    want: { kind: 'change', change: { kind: 'Delete' } },
  },
  'a DaemonSet is stopped by its node selector, and nothing of it has to be kept': {
    target: daemonSet(false),
    judgement: { demand: 'ScaleDown' },
    want: { kind: 'change', change: { kind: 'ScaleDown', note: { before: { by: 'nodeSelector' } } } },
  },
  'a DaemonSet whose node selector still has our label is brought back, whoever wrote the rest of it': {
    target: { ...daemonSet(true), note: noteText(noteBy('nodeSelector')), stopManager: 'kubectl' },
    want: { kind: 'change', change: { kind: 'Restore' } },
  },
  'a DaemonSet that somebody brought back is only rid of the note': {
    target: { ...daemonSet(false), note: noteText(noteBy('nodeSelector')) },
    want: { kind: 'change', change: { kind: 'Forget' } },
  },
  'a Job is suspended': {
    target: job(false),
    judgement: { demand: 'ScaleDown' },
    want: { kind: 'change', change: { kind: 'ScaleDown', note: { before: { by: 'suspend' } } } },
  },
  'a Job that was made suspended (Kueue does) is not ours': {
    target: job(true),
    judgement: { demand: 'ScaleDown' },
    want: { kind: 'nothing' },
  },
  'a Job that we suspended goes on': {
    target: { ...job(true), note: noteText(noteBy('suspend')), stopManager: 'kubexray-operator' },
    want: { kind: 'change', change: { kind: 'Restore' } },
  },
  'a Job that somebody else suspended since is left alone': {
    target: { ...job(true), note: noteText(noteBy('suspend')), stopManager: 'kueue' },
    want: { kind: 'change', change: { kind: 'Forget' } },
  },
  'a bare Pod can not be stopped and kept': {
    target: ofKind('Pod', { by: 'deleteOnly' }),
    judgement: { demand: 'ScaleDown' },
    want: { kind: 'refused', reason: 'CannotBeScaledDown' },
  },
  'a bare Pod is deleted': {
    target: ofKind('Pod', { by: 'deleteOnly' }),
    judgement: { demand: 'Delete' },
    want: { kind: 'change', change: { kind: 'Delete', budgets: [] } },
  },
  'what is on its way out is not deleted again': {
    target: { ...ofKind('Pod', { by: 'deleteOnly' }), deletionTimestamp: now.toISOString() },
    judgement: { demand: 'Delete' },
    want: { kind: 'nothing' },
  },
  'a static Pod is reported only': {
    target: ofKind('Pod', { by: 'nothing' }),
    judgement: { demand: 'Delete' },
    want: { kind: 'refused', reason: 'StaticPod' },
  },
  'a custom workload at zero comes back: what the scale subresource set to zero has no manager': {
    target: { kind: 'Custom', ...replicas(0), note: noteText(note) },
    want: { kind: 'change', change: { kind: 'Restore' } },
  },
  'a custom workload at a zero that somebody wrote since is left alone': {
    target: { kind: 'Custom', ...replicas(0), note: noteText(note), stopManager: 'argocd' },
    want: { kind: 'change', change: { kind: 'Forget' } },
  },
  'a restore of a custom workload that was cut off after its replicas is ended': {
    target: { kind: 'Custom', ...replicas(3), note: noteText(note), stopManager: 'kubexray-operator' },
    want: { kind: 'change', change: { kind: 'Restore' } },
  },
  'volumes may go where the policy says so': {
    target: { ...ofKind('StatefulSet', { by: 'replicas', replicas: 3 }), claimsDeletedWhenScaled: true },
    judgement: { demand: 'ScaleDown', allowsDataLoss: true },
    want: { kind: 'change', change: { kind: 'ScaleDown' } },
  },
  'a label protects a workload where labels may': {
    target: { labels: { 'kubexray.io/protected': 'true' } },
    judgement: { demand: 'ScaleDown' },
    surroundings: { namespaceLabels: {} },
    want: { kind: 'refused', reason: 'ProtectedByLabel' },
  },
  'a label protects a namespace where labels may': {
    judgement: { demand: 'Delete' },
    surroundings: { namespaceLabels: { 'kubexray.io/protected': 'true' } },
    want: { kind: 'refused', reason: 'ProtectedByLabel' },
  },
  'a label protects nothing where it may not': {
    target: { labels: { 'kubexray.io/protected': 'true' } },
    judgement: { demand: 'ScaleDown' },
    want: { kind: 'change', change: { kind: 'ScaleDown' } },
  },
  'a stop tells which budgets it goes beyond': {
    judgement: { demand: 'ScaleDown' },
    surroundings: { budgets: [aBudget('all', {}, 2), aBudget('wide', {}, 3), aBudget('others', { app: 'db' }, 0)] },
    want: { kind: 'change', change: { note: { budgets: ['all'] } } },
  },
  'so does a deletion; a budget without a selector holds for nothing': {
    judgement: { demand: 'Delete' },
    surroundings: { budgets: [aBudget('none', undefined, 0), aBudget('web', { app: 'web' }, 0)] },
    want: { kind: 'change', change: { kind: 'Delete', budgets: ['web'] } },
  },
  'a protected namespace is never acted on': {
    target: { namespace: 'kube-system' },
    judgement: { demand: 'Delete' },
    want: { kind: 'refused', reason: 'ProtectedNamespace' },
  },
  'volumes that go with the replicas keep it from being scaled': {
    target: { kind: 'StatefulSet', coordinates: WORKLOAD_KINDS.StatefulSet, claimsDeletedWhenScaled: true },
    judgement: { demand: 'ScaleDown' },
    want: { kind: 'refused', reason: 'WouldDeleteClaims' },
  },
  'volumes that go with the set keep it from being deleted': {
    target: { kind: 'StatefulSet', coordinates: WORKLOAD_KINDS.StatefulSet, claimsDeletedWhenDeleted: true },
    judgement: { demand: 'Delete' },
    want: { kind: 'refused', reason: 'WouldDeleteClaims' },
  },
  'of a tag that stands for two images the one that it is stopped for is noted': {
    judgement: {
      demand: 'ScaleDown',
      violations: [
        aViolation({ digest: aDigest('c'), mode: 'Audit', severity: 'Critical' }),
        aViolation({ digest: aDigest('b'), severity: 'High' }),
        aViolation({ digest: aDigest('d'), mode: 'Audit', severity: 'Low' }),
      ],
    },
    want: { change: { note: { digests: { 'shop/web:1': aDigest('b') } } } },
  },
};

test.each(Object.entries(cases))('%s', (_, { target, judgement, surroundings, isCutOff = false, want }) => {
  const planned = plan({
    judgement: { ...quiet, ...judgement },
    target: aTarget(target),
    note: parseNote(target?.note),
    surroundings: { protectedNamespaces: new Set(['kube-system']), budgets: [], ...surroundings },
    pods: 3,
    isCutOff,
    now,
  });
  expect(planned).toMatchObject(want);
});

describe('a note', () => {
  test('of which somebody edited the digests keeps those that are digests', () => {
    const edited = JSON.stringify({ ...note, digests: { ...note.digests, 'shop/x:1': 'sha256:1', 'shop/y:1': 7 } });
    expect(parseNote(edited)).toEqual(note);
  });

  test('of the first release, which knew replicas only, is still read', () => {
    const { before, ...rest } = note;
    expect(before).toEqual({ by: 'replicas', replicas: 3 });
    expect(parseNote(JSON.stringify({ ...rest, replicas: 3 }))).toEqual(note);
  });

  test.each(['suspend', 'nodeSelector'] as const)('of a stop by %s reads back as it was written', (by) => {
    expect(parseNote(noteText({ ...noteBy(by), budgets: ['web'] }))).toEqual({ ...noteBy(by), budgets: ['web'] });
  });

  test('of another kind of stop than that of the workload is none', () => {
    expect(noteOn(aTarget({ note: noteText(noteBy('suspend')) }))).toBeUndefined();
  });

  test('reads back as it was written', () => {
    expect(parseNote(noteText(note))).toEqual(note);
  });

  test.each([
    '',
    'x',
    'null',
    '[]',
    '{}',
    '{"replicas":"3"}',
    '{"replicas":0,"at":"2026-01-01","attempts":1,"policy":""}',
  ])('that somebody edited into %s is none', (text) => {
    expect(parseNote(text)).toBeUndefined();
  });
});
