import { describe, expect, test } from '@jest/globals';
import type { Enforcement, KnownRevision } from '../../../../src/api/v1alpha1/types.js';
import type { JudgedImage, Verdict } from '../../../../src/evaluate/verdict.js';
import type { ObservedTarget } from '../../../../src/observe/observed.js';
import { type RollbackNote, rollbackNoteText } from '../../../../src/plan/rollback-note.js';
import { digestsOfRevision, knownRevisions } from '../../../../src/report/result/known-revisions.js';
import { lastRollback, rolledBackOf } from '../../../../src/report/result/rolled-back.js';
import { type Standing, standingAfter } from '../../../../src/report/result/standing.js';
import { aDigest, after, aPolicy, aTarget, aWorkload, everyRule, now, scanned } from '../../../builders/builders.js';

const note: RollbackNote = {
  from: { name: 'web-2', number: 2 },
  to: { name: 'web-1', number: 1 },
  at: after(-60_000).toISOString(),
  policy: 'shop/base',
  digests: [aDigest()],
};
const record: Enforcement = {
  ...{ action: 'RolledBack', phase: 'Done', at: note.at, workloadUid: 'uid-web', reason: 'PolicyViolated' },
  ...{ message: '', attempts: 1, rollback: rolledBackOf(note), counted: { at: note.at, asker: 'Team' } },
};
const noted = { rolledBack: rollbackNoteText(note), templateManager: 'kubexray-operator' };

interface Stands {
  readonly target?: Partial<ObservedTarget>;
  readonly revision?: string;
  readonly enforcement?: Enforcement;
}

function standing({ target = noted, revision, enforcement }: Stands): Standing {
  return standingAfter({
    workload: aWorkload({ target: aTarget(target), ...(revision === undefined ? {} : { revision }) }),
    plan: { kind: 'nothing' },
    previous: enforcement === undefined ? undefined : { enforcement },
    now,
  });
}

describe('after a rollback', () => {
  test('it is told in the pass that made it', () => {
    const change = { kind: 'RollBack', note, template: {} } as const;
    const plan = { kind: 'change', change } as const;
    expect(standingAfter({ workload: aWorkload(), plan, counted: 'Team', previous: undefined, now })).toMatchObject({
      kind: 'rolledBack',
      enforcement: {
        action: 'RolledBack',
        at: note.at,
        counted: { at: note.at, asker: 'Team' },
        rollback: { to: note.to },
      },
    });
  });

  test('a pass that was cut off before the record finds it in the note, as it would have been recorded', () => {
    const rest = { ...record, message: expect.any(String) as unknown };
    expect(standing({})).toMatchObject({ kind: 'running', enforcement: rest });
    const platform = { ...noted, rolledBack: rollbackNoteText({ ...note, policy: 'floor' }) };
    expect(standing({ target: platform })).toMatchObject({ enforcement: { counted: { asker: 'Platform' } } });
  });

  test('also where there is a record of what was done before it', () => {
    const before: Enforcement = { ...record, action: 'Restored', at: after(-90_000).toISOString() };
    expect(standing({ enforcement: before })).toMatchObject({ enforcement: { action: 'RolledBack', at: note.at } });
  });

  test.each([
    ['while its controller has not seen it', undefined],
    ['while it runs what it went back to', 'web-1'],
    ['while nobody else wrote its template, whatever name its controller gives the revision', 'web-3'],
  ])('it stays told %s', (_, revision) => {
    expect(standing({ enforcement: record, ...(revision === undefined ? {} : { revision }) })).toEqual({
      kind: 'running',
      enforcement: record,
    });
  });

  test('it is over once somebody rolled out another revision; between which it was stays known', () => {
    const target = { ...noted, templateManager: 'helm' };
    const { kind, enforcement } = standing({ target, revision: 'web-3', enforcement: record });
    expect(kind).toBe('running');
    expect(enforcement).toMatchObject({ action: 'Released', reason: 'RolledOut', rollback: record.rollback });
    expect(enforcement?.counted).toEqual(record.counted); // the brake counts on
  });

  test('what is done later stays told: the note of an older rollback is no news', () => {
    const restored: Enforcement = { ...record, action: 'Restored', at: now.toISOString() };
    expect(standing({ enforcement: restored, revision: 'web-1' })).toEqual({ kind: 'running', enforcement: restored });
  });

  test('the record of a workload that was made anew is none of this one', () => {
    const enforcement = { ...record, workloadUid: 'another' };
    expect(standing({ target: {}, enforcement })).toEqual({ kind: 'running' });
    expect(lastRollback(aTarget(), { enforcement })).toBeUndefined();
  });

  test('of a note that an older revision brought back, and the record, the later one counts', () => {
    const later = { ...record, rollback: rolledBackOf({ ...note, at: now.toISOString() }) };
    expect(lastRollback(aTarget(noted), { enforcement: later })?.at).toBe(now.toISOString());
    expect(lastRollback(aTarget(noted), { enforcement: record })?.at).toBe(note.at);
    expect(lastRollback(aTarget(), { enforcement: record })?.at).toBe(note.at); // a plain replacement drops the note
  });
});

describe('the revisions that a result knows', () => {
  const applied = (rollback: 'None' | 'PreviousCompliant') => [
    { policy: aPolicy({ mode: 'Audit', rollback, ...everyRule }), holds: [], yields: [] },
  ];
  const image = (reference: string, hex: string | undefined, differs: Partial<JudgedImage> = {}): JudgedImage => ({
    ...{ reference, containers: [{ name: 'web', kind: 'Container' }], revision: 'Current', firstSeen: now },
    ...(hex === undefined ? {} : { digest: aDigest(hex), knowledge: scanned() }),
    ...differs,
  });
  const revision = (name: string, hex: string): KnownRevision => ({
    name,
    images: [{ reference: 'shop/web:1', digest: aDigest(hex) }],
  });
  interface Known {
    readonly name?: string;
    readonly verdict?: Verdict;
    readonly images?: readonly JudgedImage[];
    readonly rollback?: 'None' | 'PreviousCompliant';
  }
  const known = (
    before: readonly KnownRevision[],
    {
      name = 'web-9',
      verdict = 'Compliant',
      images = [image('shop/web:1', 'a')],
      rollback = 'PreviousCompliant',
    }: Known = {},
  ): readonly string[] | undefined =>
    knownRevisions({ verdict, applied: applied(rollback), images }, name, {
      knownRevisions: before,
    }).knownRevisions?.map((one) => `${one.name} ${one.images.map(({ digest }) => digest.slice(7, 8)).join('')}`);

  test('are the last three that complied, the newest first', () => {
    const before = [revision('web-3', 'b'), revision('web-2', 'c'), revision('web-1', 'd')];
    expect(known(before)).toEqual(['web-9 a', 'web-3 b', 'web-2 c']);
    expect(known(before, { name: 'web-1' })).toEqual(['web-1 a', 'web-3 b', 'web-2 c']);
  });

  test('none where no policy could go back to them', () => {
    expect(known([revision('web-1', 'a')], { rollback: 'None' })).toBeUndefined();
  });

  test('a new one that does not comply is none of them; of a known one it is known what it runs now', () => {
    expect(known([revision('web-1', 'b')], { verdict: 'Violating' })).toEqual(['web-1 b']);
    expect(known([revision('web-1', 'b')], { name: 'web-1', verdict: 'Violating' })).toEqual(['web-1 a']);
  });

  test('stay as they are while the current one, or a digest of it, is not known', () => {
    const before = [revision('web-1', 'b')];
    const images = [image('shop/web:1', 'a'), image('shop/proxy:1', undefined)];
    expect(
      knownRevisions({ verdict: 'Compliant', applied: applied('PreviousCompliant'), images: [] }, undefined, {
        knownRevisions: before,
      }),
    ).toEqual({ knownRevisions: before });
    expect(known(before, { name: 'web-1', images })).toEqual(['web-1 b']);
  });

  test('one of which a tag means two images is forgotten', () => {
    const images = [image('shop/web:1', 'a'), image('shop/web:1', 'b')];
    expect(known([revision('web-1', 'b')], { name: 'web-1', images })).toBeUndefined();
  });

  test('what a debugger or an older revision runs is not its own', () => {
    const images = [
      image('shop/web:1', 'a'),
      image('debug:1', 'b', { containers: [{ name: 'debug', kind: 'EphemeralContainer' }] }),
      image('shop/web:0', 'c', { revision: 'Previous' }),
    ];
    expect(known([], { images })).toEqual(['web-9 a']);
  });

  test('tell the digests of the one that is asked for', () => {
    const status = { knownRevisions: [revision('web-1', 'a'), revision('web-2', 'b')] };
    expect(digestsOfRevision('web-2', status)).toEqual(new Map([['shop/web:1', aDigest('b')]]));
    expect(digestsOfRevision('web-3', status)).toEqual(new Map());
  });
});
