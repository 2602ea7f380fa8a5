import { describe, expect, test } from '@jest/globals';
import type { Enforcement, HistoryLine, XrayScanResultStatus } from '../../../../src/api/v1alpha1/types.js';
import type { JudgedImage } from '../../../../src/evaluate/verdict.js';
import type { Contention } from '../../../../src/plan/contention.js';
import { type Note, noteText } from '../../../../src/plan/note.js';
import { rollbackNoteText } from '../../../../src/plan/rollback-note.js';
import { deletionDone, historyAfter, type HistoryInput, newLines } from '../../../../src/report/result/history.js';
import type { Standing } from '../../../../src/report/result/standing.js';
import { aDigest, after, aTarget, aViolation, aWorkload, now, scanned } from '../../../builders/builders.js';

const at = now.toISOString();
const note: Note = { before: { by: 'replicas', replicas: 3 }, at, attempts: 1, policy: 'shop/base', digests: {} };

function record(differs: Partial<Enforcement> = {}): Enforcement {
  return {
    ...{ action: 'ScaledDown' as const, phase: 'Done' as const, at, workloadUid: 'uid-web', reason: 'PolicyViolated' },
    ...{ message: 'Stopped.', attempts: 1 },
    ...differs,
  };
}

const stopped = (differs: Partial<Enforcement> = {}): Standing => ({
  kind: 'stopped',
  note,
  enforcement: record(differs),
});
const deleted = (differs: Partial<Enforcement> = {}): Standing => ({
  kind: 'deleted',
  enforcement: record({ action: 'Deleted', ...differs }),
});

const image: JudgedImage = {
  ...{ reference: 'shop/web:1', digest: aDigest(), containers: [], revision: 'Current' as const, firstSeen: now },
  knowledge: { ...scanned(), at: after(-3_600_000) },
};

function history(standing: Standing, previous?: XrayScanResultStatus, differs: Partial<HistoryInput> = {}) {
  return historyAfter({
    ...{ workload: aWorkload(), previous, standing, now },
    judgement: { violations: [aViolation()], images: [image] },
    generationOf: (kind, policy) => (kind === 'XrayPolicy' && policy === 'shop/base' ? 7 : 0),
    isApproved: () => false,
    ...differs,
  });
}

/** The status that such a pass leaves. */
function statusAfter(standing: Standing, previous?: XrayScanResultStatus, differs: Partial<HistoryInput> = {}) {
  const { enforcement } = standing;
  return { history: history(standing, previous, differs), ...(enforcement === undefined ? {} : { enforcement }) };
}

test('a stop says who asked for it, on which facts, and what there was before', () => {
  expect(history(stopped())).toEqual([
    {
      ...{ at, act: 'ScaledDown', outcome: 'Done', workloadUid: 'uid-web', before: 'replicas: 3', message: 'Stopped.' },
      askedBy: [{ policyKind: 'XrayPolicy', policy: 'shop/base', generation: 7 }],
      facts: [{ digest: aDigest(), ids: ['CVE-2026-0001'], saidAt: after(-3_600_000).toISOString() }],
    },
  ]);
});

test('who had somebody approve it is said to be approved', () => {
  const violations = [aViolation(), aViolation({ policy: 'shop/other' })];
  const isApproved = (policy: string): boolean => policy === 'shop/other';
  const [line] = history(stopped(), undefined, { judgement: { violations, images: [image] }, isApproved });
  expect(line?.askedBy).toEqual([
    { policyKind: 'XrayPolicy', policy: 'shop/base', generation: 7 },
    { policyKind: 'XrayPolicy', policy: 'shop/other', generation: 0, approved: true },
  ]);
});

test('only those who asked for this act are named: neither who audits, nor who asks for another, nor what is in grace', () => {
  const violations = [
    aViolation({ policy: 'shop/strict', asks: 'Delete' }),
    aViolation({ policy: 'shop/audit', mode: 'Audit' }),
    aViolation({ policy: 'shop/later', dueAt: after(1) }),
    aViolation({ policyKind: 'ClusterXrayPolicy', policy: 'floor', id: 'GPL-3.0' }),
    aViolation(),
  ];
  const [line] = history(stopped(), undefined, { judgement: { violations, images: [image] } });
  expect(line?.askedBy?.map(({ policy }) => policy)).toEqual(['floor', 'shop/base']);
  expect(line?.facts).toMatchObject([{ ids: ['GPL-3.0', 'CVE-2026-0001'] }]);
  const [deletion] = history(deleted(), undefined, { judgement: { violations, images: [image] } });
  expect(deletion?.askedBy?.map(({ policy }) => policy)).toEqual(['shop/strict']);
});

test('an end of a stop says what is known of what is to run', () => {
  const standing: Standing = {
    kind: 'running',
    enforcement: record({ action: 'Restored', at: after(1).toISOString() }),
  };
  const lines = history(standing, statusAfter(stopped()), { judgement: { violations: [], images: [image] } });
  expect(lines.map(({ act }) => act)).toEqual(['Restored', 'ScaledDown']);
  expect(lines[0]).not.toHaveProperty('askedBy');
  expect(lines[0]?.facts).toEqual([{ digest: aDigest(), ids: [], saidAt: after(-3_600_000).toISOString() }]);
});

describe('a pass that is repeated adds no second line', () => {
  test.each<[string, Standing]>([
    ['after a stop', stopped()],
    ['after a deletion', deleted()],
    ['while it is held after a stop', { kind: 'held', reason: 'x', message: 'y', enforcement: record() }],
    ['of a workload that nothing was done to', { kind: 'running' }],
  ])('%s', (_, standing) => {
    const status = statusAfter(standing, statusAfter(stopped()));
    expect(history(standing, status)).toEqual(status.history);
  });

  test('and an older release had recorded the act: what was known then nobody can tell', () => {
    expect(history(stopped(), { enforcement: record() })).toEqual([]);
  });
});

test('a deletion is one line, requested and then done', () => {
  const requested = statusAfter(deleted({ phase: 'Requested' }));
  expect(requested.history).toMatchObject([{ act: 'Deleted', outcome: 'Requested', before: 'replicas: 3' }]);
  const done = [Object.assign({}, requested.history[0], { outcome: 'Done' })];
  expect(history(deleted(), requested)).toEqual(done);
  expect(deletionDone(requested.history, record({ action: 'Deleted' }))).toEqual(done);
});

test('a fight is one line, with how often, since when, and who', () => {
  const first = statusAfter(stopped());
  const again = stopped({ attempts: 2, at: after(60_000).toISOString() });
  const contention: Contention = { manager: 'argocd-controller', times: 1, since: at };
  const fought = statusAfter(again, first, { contention });
  expect(fought.history).toMatchObject([
    { at, times: 2, lastAt: after(60_000).toISOString(), undoneBy: 'argocd-controller' },
  ]);
  expect(history(again, fought, { contention })).toEqual(fought.history);
});

describe('an act that no result could tell of', () => {
  const later = after(60_000).toISOString();
  const noted = aWorkload({ target: aTarget({ stop: { by: 'replicas', replicas: 0 }, note: noteText(note) }) });
  const restored: Standing = { kind: 'running', enforcement: record({ action: 'Restored', at: later }) };

  test('is told with the next one, once', () => {
    const status = statusAfter(restored, {}, { workload: noted });
    expect(status.history.map(({ act, at: when }) => [act, when])).toEqual([
      ['Restored', later],
      ['ScaledDown', at],
    ]);
    expect(status.history[1]?.message).toBe(
      'Stopped for policy shop/base; it goes back to 3 replicas once the reason is gone.',
    );
    expect(history(restored, status, { workload: noted })).toEqual(status.history);
  });

  test('is told once while its record has to wait, as for the Jobs of a CronJob that cannot be stopped yet', () => {
    const held: Standing = { kind: 'held', reason: 'EnforcementFailed', message: 'no answer' };
    const first = statusAfter(held, {}, { workload: noted });
    expect(first.history.map(({ act }) => act)).toEqual(['ScaledDown']);
    const second = statusAfter(held, first, { workload: noted });
    expect(second.history).toEqual(first.history);
    expect(history(stopped(), second, { workload: noted })).toEqual(first.history);
    expect(history(restored, second, { workload: noted }).map(({ act }) => act)).toEqual(['Restored', 'ScaledDown']);
  });

  test('is told before a deletion', () => {
    const requested = deleted({ phase: 'Requested', at: later });
    expect(history(requested, {}, { workload: noted }).map(({ act }) => act)).toEqual(['Deleted', 'ScaledDown']);
  });

  test('counts as one of a fight', () => {
    const again = aWorkload({
      target: aTarget({ note: noteText({ ...note, at: after(1_000).toISOString(), attempts: 2 }) }),
    });
    const third = stopped({ attempts: 3, at: later });
    expect(history(third, statusAfter(stopped()), { workload: again })).toMatchObject([
      { at, times: 3, lastAt: later },
    ]);
  });

  test('is not told where the result has it, or a later one', () => {
    const status = statusAfter(stopped());
    expect(history(restored, status, { workload: noted })).toHaveLength(2);
    expect(history(restored, { enforcement: record() }, { workload: noted })).toHaveLength(1); // recorded by an older release
  });

  test('is told where it is a rollback', () => {
    const rolledBack = rollbackNoteText({
      ...{ from: { name: 'web-2', number: 2 }, to: { name: 'web-1', number: 1 }, at, policy: 'shop/base', digests: [] },
    });
    const workload = aWorkload({ target: aTarget({ rolledBack }) });
    expect(history(stopped({ at: later }), {}, { workload }).map(({ act }) => act)).toEqual([
      'ScaledDown',
      'RolledBack',
    ]);
  });
});

test('who made a deleted workload anew is told, once', () => {
  const gone = statusAfter(deleted());
  const ref = { ...aWorkload().ref, uid: 'uid-new' };
  const target = aTarget({ uid: 'uid-new', stopManager: 'kubexray', creationTimestamp: after(5_000).toISOString() });
  const workload = aWorkload({ ref, target });
  const lines = history({ kind: 'running' }, gone, { workload });
  expect(lines).toEqual([
    {
      ...{ at: after(5_000).toISOString(), act: 'Recreated', outcome: 'Done', workloadUid: 'uid-new' },
      message: `Made anew by kubexray, after it had been deleted at ${at}.`,
    },
    ...gone.history,
  ]);
  expect(history({ kind: 'running' }, { history: lines }, { workload })).toEqual(lines);
  const deletedAgain = deleted({ workloadUid: 'uid-new', at: after(9_000).toISOString() });
  expect(history(deletedAgain, gone, { workload }).map(({ act }) => act)).toEqual(['Deleted', 'Recreated', 'Deleted']);
});

test('ten lines are kept, the newest first, each bounded', () => {
  const many = Array.from({ length: 30 }, (_, i) =>
    aViolation({ policy: `shop/${i}`, id: `CVE-${i}`, digest: aDigest(String(i % 10)) }),
  );
  let status: XrayScanResultStatus = {};
  for (let i = 0; i < 12; i++)
    status = statusAfter(stopped({ at: after(i * 1000).toISOString(), message: 'x'.repeat(3000) }), status, {
      judgement: { violations: many, images: [image] },
    });
  const lines = status.history ?? [];
  expect(lines.map((line) => line.at)).toEqual(
    Array.from({ length: 10 }, (_, i) => after((11 - i) * 1000).toISOString()),
  );
  expect(lines[0]?.askedBy).toHaveLength(5);
  expect(lines[0]?.facts).toHaveLength(5);
  expect(JSON.stringify(lines).length).toBeLessThan(32 * 1024);
});

test('what the log is told is what the history has more, the oldest first', () => {
  const before = statusAfter(stopped()).history;
  const line: HistoryLine = { at, act: 'Restored', outcome: 'Done', workloadUid: 'uid-web', message: '' };
  expect(newLines(before, [line, ...before])).toEqual([line]);
  expect(newLines(before, before)).toEqual([]);
  expect(newLines(undefined, [line, ...before])).toEqual([...before, line]);
});
