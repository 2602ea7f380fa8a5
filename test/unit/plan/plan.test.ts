import { describe, expect, test } from '@jest/globals';
import type { Judgement } from '../../../src/evaluate/verdict.js';
import type { ObservedScalable } from '../../../src/observe/observed.js';
import { type Note, noteText, parseNote } from '../../../src/plan/note.js';
import { plan } from '../../../src/plan/plan.js';
import { aDigest, after, aScalable, aViolation, now } from '../../builders/builders.js';

const note: Note = {
  replicas: 3,
  at: after(-60_000).toISOString(),
  attempts: 1,
  policy: 'shop/base',
  digests: { 'shop/web:1': aDigest() },
};
const stopped = { replicas: 0, note: noteText(note), replicasManager: 'kubexray-operator' };
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
  readonly scalable?: Partial<ObservedScalable>;
  readonly judgement?: Partial<Judgement>;
  readonly want: object;
}

const cases: Record<string, Given> = {
  'nothing is asked, nothing is done': { want: { kind: 'nothing' } },
  'a stop keeps the replicas in its note': {
    judgement: { demand: 'ScaleDown' },
    want: { kind: 'change', change: { kind: 'ScaleDown', note: { replicas: 3, attempts: 1, at: now.toISOString() } } },
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
    scalable: stopped,
    want: { kind: 'stopped', note },
  },
  'what somebody else scaled to zero is not ours': {
    judgement: { demand: 'ScaleDown' },
    scalable: { replicas: 0 },
    want: { kind: 'nothing' },
  },
  'it comes back with the replicas that it had': {
    scalable: stopped,
    want: { kind: 'change', change: { kind: 'Restore', note } },
  },
  'replicas that somebody else wrote are left alone': {
    scalable: { ...stopped, replicas: 5, replicasManager: 'kubectl' },
    want: { kind: 'change', change: { kind: 'Forget' } },
  },
  'a zero that somebody else wrote since is left alone': {
    scalable: { ...stopped, replicasManager: 'kube-controller-manager' },
    want: { kind: 'change', change: { kind: 'Forget' } },
  },
  'it is not brought back before its controller has seen the stop': {
    scalable: { ...stopped, generation: 2, observedGeneration: 1 },
    want: { kind: 'stopped', note },
  },
  'not knowing restores nothing': {
    scalable: stopped,
    judgement: { undecided: true },
    want: { kind: 'stopped', note },
  },
  'put back and due again, it is stopped again': {
    scalable: { ...stopped, replicas: 4 },
    judgement: { demand: 'ScaleDown' },
    want: { kind: 'change', change: { kind: 'ScaleDown', note: { replicas: 4, attempts: 2 } } },
  },
  'put back soon, it backs off': {
    scalable: { ...stopped, replicas: 4, note: noteText({ ...note, at: now.toISOString(), attempts: 5 }) },
    judgement: { demand: 'ScaleDown' },
    want: { kind: 'backingOff', until: after(16_000) },
  },
  'a deletion is asked for': {
    judgement: { demand: 'Delete' },
    want: { kind: 'change', change: { kind: 'Delete' } },
  },
  'a protected namespace is never acted on': {
    scalable: { namespace: 'kube-system' },
    judgement: { demand: 'Delete' },
    want: { kind: 'refused', reason: 'ProtectedNamespace' },
  },
  'volumes that go with the replicas keep it from being scaled': {
    scalable: { kind: 'StatefulSet', claimsDeletedWhenScaled: true },
    judgement: { demand: 'ScaleDown' },
    want: { kind: 'refused', reason: 'WouldDeleteClaims' },
  },
  'volumes that go with the set keep it from being deleted': {
    scalable: { kind: 'StatefulSet', claimsDeletedWhenDeleted: true },
    judgement: { demand: 'Delete' },
    want: { kind: 'refused', reason: 'WouldDeleteClaims' },
  },
};

test.each(Object.entries(cases))('%s', (_, { scalable, judgement, want }) => {
  const planned = plan({
    judgement: { ...quiet, ...judgement },
    scalable: aScalable(scalable),
    note: parseNote(scalable?.note),
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
