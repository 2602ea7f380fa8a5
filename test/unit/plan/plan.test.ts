import { describe, expect, test } from '@jest/globals';
import { WORKLOAD_KINDS } from '../../../src/api/workload-kinds.js';
import type { Judgement } from '../../../src/evaluate/verdict.js';
import type { ObservedTarget } from '../../../src/observe/observed.js';
import { type Note, noteText, parseNote } from '../../../src/plan/note.js';
import { plan } from '../../../src/plan/plan.js';
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
const quiet: Judgement = {
  verdict: 'Compliant',
  images: [],
  applied: [],
  violations: [],
  waived: [],
  leftovers: [],
  demand: 'Ignore',
  auditDemand: 'Ignore',
  undecided: false,
};

interface Given {
  readonly target?: Partial<ObservedTarget>;
  readonly judgement?: Partial<Judgement>;
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
  'a deletion is asked for': {
    judgement: { demand: 'Delete' },
    want: { kind: 'change', change: { kind: 'Delete' } },
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
};

test.each(Object.entries(cases))('%s', (_, { target, judgement, want }) => {
  const planned = plan({
    judgement: { ...quiet, ...judgement },
    target: aTarget(target),
    note: parseNote(target?.note),
    protectedNamespaces: new Set(['kube-system']),
    now,
  });
  expect(planned).toMatchObject(want);
});

describe('a note', () => {
  test('of which somebody edited the digests keeps those that are digests', () => {
    const edited = JSON.stringify({ ...note, digests: { ...note.digests, 'shop/x:1': 'sha256:1', 'shop/y:1': 7 } });
    expect(parseNote(edited)).toEqual(note);
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
