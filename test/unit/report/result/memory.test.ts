import { describe, expect, test } from '@jest/globals';
import type { ResultImage, ResultViolation } from '../../../../src/api/v1alpha1/types.js';
import { type Note, noteText } from '../../../../src/plan/note.js';
import {
  formerStop,
  isCutOff,
  noteInForce,
  rememberedDigests,
  rememberedFacts,
} from '../../../../src/report/result/memory.js';
import { aDigest, aTarget, now } from '../../../builders/builders.js';

const image = (digest: string, revision: ResultImage['revision'] = 'Current') => ({
  reference: 'shop/web:1',
  digest,
  containers: [],
  revision,
  state: 'Scanned' as const,
  firstSeen: now.toISOString(),
});
const note: Note = {
  before: { by: 'replicas', replicas: 3 },
  at: now.toISOString(),
  attempts: 1,
  policy: 'shop/base',
  digests: { 'shop/web:1': aDigest('b') },
};

test('the result remembers which digest a reference had', () => {
  expect(rememberedDigests({ images: [image(aDigest('a'))] }, undefined)).toEqual(
    new Map([['shop/web:1', aDigest('a')]]),
  );
});

test('a digest of an older revision is not the one that would run now', () => {
  expect(rememberedDigests({ images: [image(aDigest('a'), 'Previous')] }, undefined).size).toBe(0);
});

test('what is no digest is not remembered', () => {
  expect(rememberedDigests({ images: [image('sha256:1')] }, undefined).size).toBe(0);
});

test('a result that was lost, or never written, is made good by the note of the stop', () => {
  expect(rememberedDigests(undefined, note)).toEqual(new Map([['shop/web:1', aDigest('b')]]));
});

test('the note, written with the stop itself, is newer than the result', () => {
  expect(rememberedDigests({ images: [image(aDigest('a'))] }, note)).toEqual(new Map([['shop/web:1', aDigest('b')]]));
});

describe('the stop of a custom workload, which takes two writes,', () => {
  const runs = aTarget({ kind: 'Custom', stop: { by: 'replicas', replicas: 3 }, note: noteText(note) });
  const record = {
    action: 'ScaledDown' as const,
    phase: 'Done' as const,
    at: note.at,
    workloadUid: 'uid-web',
    replicas: 3,
    reason: 'PolicyViolated',
    message: '',
    attempts: 1,
  };

  test('was cut off where it runs with the note of a stop that no result tells of', () => {
    expect(isCutOff(runs, note, undefined)).toBe(true);
    expect(isCutOff(runs, note, { enforcement: { ...record, at: '2026-01-01T00:00:00.000Z' } })).toBe(true);
  });

  test('was undone by somebody where the result tells of it', () => {
    expect(isCutOff(runs, note, { enforcement: record })).toBe(false);
  });

  test('was not cut off where it is stopped, where there is no note, and never for a kind that takes one write', () => {
    expect(isCutOff({ ...runs, stop: { by: 'replicas', replicas: 0 } }, note, undefined)).toBe(false);
    expect(isCutOff(runs, undefined, undefined)).toBe(false);
    expect(isCutOff({ ...runs, kind: 'Deployment' }, note, undefined)).toBe(false);
  });
});

describe('the note of a stop', () => {
  const record = {
    action: 'ScaledDown' as const,
    phase: 'Done' as const,
    at: note.at,
    workloadUid: 'uid-web',
    replicas: 3,
    reason: 'PolicyViolated',
    message: '',
    attempts: 2,
  };
  const replicas = (count: number, stopManager: string) =>
    ({ stop: { by: 'replicas', replicas: count }, stopManager }) as const;
  const asWeLeftIt = replicas(0, 'kubexray-operator');

  test('is the one on the workload, where there is one', () => {
    expect(noteInForce(aTarget({ ...asWeLeftIt, note: noteText(note) }), { enforcement: record })).toEqual(note);
  });

  test('that kubectl rollout undo took away is made good by the result', () => {
    expect(noteInForce(aTarget(asWeLeftIt), { enforcement: record })).toMatchObject({
      before: { replicas: 3 },
      attempts: 2,
    });
  });

  test.each([
    ["the zero is somebody else's", replicas(0, 'kubectl'), record],
    ['somebody set the replicas since', replicas(2, 'kubectl'), record],
    ['the record is of a former workload of that name', asWeLeftIt, { ...record, workloadUid: 'uid-former' }],
    ['the stop is over', asWeLeftIt, { ...record, action: 'Restored' as const }],
    ['the record names no replicas', asWeLeftIt, { ...record, replicas: 0 }],
  ])('is not made up where %s', (_, target, enforcement) => {
    expect(noteInForce(aTarget(target), { enforcement })).toBeUndefined();
  });
});

describe('what a result keeps of an image that Xray has forgotten', () => {
  const violation = {
    policy: 'shop/base',
    condition: 'Security',
    id: 'CVE-2021-3711',
    image: 'shop/web:1',
    severity: 'Critical',
    summary: 'overflow',
    fixedVersions: ['1.2'],
    asks: 'ScaleDown',
    mode: 'Enforce',
    firstSeen: now.toISOString(),
    dueAt: now.toISOString(),
  } as const satisfies ResultViolation;
  const known = { ...image(aDigest('a')), factsAt: now.toISOString() };

  test('is what was found against it, each finding once', () => {
    const violations = [
      violation,
      { ...violation, policy: 'shop/other' },
      { ...violation, id: 'XRAY-7', summary: 'malicious package: it mines' },
      { ...violation, condition: 'License' as const, id: 'GPL-3.0-only' },
      { ...violation, image: 'shop/other:1', id: 'CVE-2000-0001' },
    ];
    expect(rememberedFacts({ images: [known], violations }, aDigest('a'))).toMatchObject({
      at: now,
      facts: {
        vulnerabilities: [
          { id: 'CVE-2021-3711', cves: ['CVE-2021-3711'], severity: 'Critical', malicious: false },
          { id: 'XRAY-7', cves: [], malicious: true, summary: 'it mines' },
        ],
        licenses: [{ name: 'GPL-3.0-only' }],
      },
    });
  });

  test('holds what Xray raised only where something is listed that it raised', () => {
    const raisedIn = (...violations: readonly ResultViolation[]): unknown =>
      rememberedFacts({ images: [known], violations }, aDigest('a'))?.facts.raised;
    expect(raisedIn(violation)).toBeUndefined();
    const raised = { ...violation, reason: 'RaisedByXray', aliases: ['XRAY-9'] } as const;
    expect(raisedIn(raised, violation)).toEqual({ known: true, vulnerabilities: ['XRAY-9'], licenses: [] });
  });

  test('is nothing where its violations may be of another image that had the same name', () => {
    const other = { ...known, digest: aDigest('b') };
    const before = { ...other, revision: 'Previous' as const };
    const violations = [violation];
    expect(rememberedFacts({ images: [known, other], violations }, aDigest('b'))).toBeUndefined();
    expect(rememberedFacts({ images: [known, before], violations }, aDigest('b'))).toBeUndefined();
    expect(rememberedFacts({ images: [known, before], violations }, aDigest('a'))).toMatchObject({
      facts: { vulnerabilities: [{ id: 'CVE-2021-3711' }] },
    });
  });

  test('is nothing where nothing was known', () => {
    expect(rememberedFacts({ images: [{ ...known, state: 'Unscanned' }] }, aDigest('a'))).toBeUndefined();
    expect(rememberedFacts({ images: [image(aDigest('a'))] }, aDigest('a'))).toBeUndefined();
    expect(rememberedFacts({ images: [known] }, aDigest('b'))).toBeUndefined();
    expect(rememberedFacts(undefined, aDigest('a'))).toBeUndefined();
  });
});

describe('a stop that was ended by a replacement that dropped the note', () => {
  const target = aTarget({ stopManager: 'kubectl-replace' });
  const done = { action: 'ScaledDown', phase: 'Done', at: now.toISOString(), workloadUid: target.uid } as const;
  const enforcement = { ...done, replicas: 3, reason: 'PolicyViolated', message: '', attempts: 4 };
  const contention = { manager: 'kubectl-replace', times: 3, since: now.toISOString() };

  test('is known from the result, and looking at it again counts nothing twice', () => {
    const stopped = formerStop(target, { action: 'ScaledDown', enforcement, contention });
    expect(stopped).toMatchObject({ attempts: 4, putBack: { times: 3, inARow: 3 } });
    const held = { action: 'Held', enforcement, contention: { ...contention, times: 4 } } as const;
    expect(formerStop(target, held)).toEqual(stopped);
  });

  test('the first time there is no other before it', () => {
    const first = {
      action: 'Held',
      enforcement: { ...enforcement, attempts: 1 },
      contention: { ...contention, times: 1 },
    } as const;
    expect(formerStop(target, first)).not.toHaveProperty('putBack');
  });

  test('is none where the note is there, or it is stopped, or the result is of another', () => {
    const status = { action: 'Held', enforcement, contention } as const;
    expect(formerStop({ ...target, note: noteText(note) }, status)).toBeUndefined();
    expect(formerStop({ ...target, stop: { by: 'replicas', replicas: 0 } }, status)).toBeUndefined();
    expect(formerStop({ ...target, uid: 'another' }, status)).toBeUndefined();
    expect(formerStop(target, undefined)).toBeUndefined();
  });
});
