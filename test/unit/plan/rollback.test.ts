import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Judgement, Verdict } from '../../../src/evaluate/verdict.js';
import type { ObservedRevision, ObservedTarget } from '../../../src/observe/observed.js';
import { couldBeStopped, optionsOf } from '../../../src/plan/brake-asks.js';
import { plan, type PlanInput } from '../../../src/plan/plan.js';
import {
  asksRollback,
  type Candidate,
  type Choice,
  chooseRevision,
  hasHistory,
  rollbackMode,
  type RollbackOption,
  whyNot,
} from '../../../src/plan/rollback.js';
import { type RollbackNote, rollbackNoteOn, rollbackNoteText } from '../../../src/plan/rollback-note.js';
import { aDigest, after, aTarget, aViolation, now } from '../../builders/builders.js';

const HOUR_MS = 3_600_000;
const agreed = aViolation({ rollsBack: true });

function aRevision(number: number): ObservedRevision {
  return { name: `web-${number}`, number, templateLabels: {}, templateContainers: [], template: { number } };
}

const option: RollbackOption = { kind: 'to', from: { name: 'web-2', number: 2 }, to: aRevision(1) };

describe('a rollback is asked for', () => {
  const cases: Record<string, [readonly Parameters<typeof aViolation>[0][], boolean]> = {
    'where the one who asks for the stop says so': [[{ rollsBack: true }], true],
    'where all who ask say so': [[{ rollsBack: true }, { rollsBack: true, policy: 'floor' }], true],
    'not where one of them does not: it is milder than a stop': [[{ rollsBack: true }, { policy: 'floor' }], false],
    'not where nobody does': [[{}], false],
    'not where one asks for Delete': [[{ rollsBack: true }, { rollsBack: true, asks: 'Delete' }], false],
    'whatever those say that ask for nothing': [[{ rollsBack: true }, { asks: 'Ignore' }], true],
    'whatever those say that are still in grace': [[{ rollsBack: true }, { dueAt: after(1) }], true],
    'whatever those say that only audit': [[{ rollsBack: true }, { mode: 'Audit' }], true],
    'not for what is in grace': [[{ rollsBack: true, dueAt: after(1) }], false],
  };

  test.each(Object.entries(cases))('%s', (_, [violations, want]) => {
    expect(asksRollback(violations.map(aViolation), 'Enforce', now)).toBe(want);
  });

  test('by an audit only where nothing is enforced', () => {
    const audited = aViolation({ mode: 'Audit', rollsBack: true });
    const of = (differs: Partial<Judgement>): Judgement => ({ ...quiet, violations: [audited, agreed], ...differs });
    expect(rollbackMode(of({ auditDemand: 'ScaleDown' }), now)).toBe('Audit');
    expect(rollbackMode(of({ auditDemand: 'ScaleDown', demand: 'ScaleDown' }), now)).toBe('Enforce');
    expect(rollbackMode(of({}), now)).toBeUndefined();
  });
});

test.each([
  ['Deployment', true],
  ['StatefulSet', true],
  ['DaemonSet', false],
  ['ReplicaSet', false],
  ['Custom', false],
] as const)('a %s can be gone back in: %s', (kind, want) => {
  expect(hasHistory(aTarget({ kind }))).toBe(want);
});

test('what stands at zero has nothing to be rolled back', () => {
  expect(hasHistory(aTarget({ stop: { by: 'replicas', replicas: 0 } }))).toBe(false);
});

describe('nothing is rolled back', () => {
  const last = { at: after(-HOUR_MS).toISOString(), digests: [aDigest('a')] };

  test('where the pods would stay', () => {
    expect(whyNot(aTarget({ rollsOutByHand: true }), undefined, [agreed], now)?.why).toMatch(/paused/);
    expect(whyNot(aTarget({ kind: 'StatefulSet', rollsOutByHand: true }), undefined, [agreed], now)?.why).toMatch(
      /OnDelete/,
    );
  });

  test('where it was before, and somebody brought the same image back: that one is named', () => {
    const why = whyNot(aTarget({ templateManager: 'argocd-controller' }), last, [agreed], now);
    expect(why?.putBack).toEqual({
      manager: 'argocd-controller',
      times: 1,
      inARow: 1,
      since: last.at,
      at: now.toISOString(),
    });
    expect(whyNot(aTarget({ templateManager: 'kubexray-operator' }), last, [agreed], now)?.putBack?.manager).toBe('');
  });

  test.each([
    ['another image', [aViolation({ rollsBack: true, digest: aDigest('b') })]],
    ['another image beside it', [agreed, aViolation({ rollsBack: true, digest: aDigest('b') })]],
  ])('but for %s it is judged afresh', (_, violations) => {
    expect(whyNot(aTarget(), last, violations, now)).toBeUndefined();
  });

  test('but after two quiet hours it is judged afresh', () => {
    const long = { ...last, at: after(-2 * HOUR_MS).toISOString() };
    expect(whyNot(aTarget(), long, [agreed], now)).toBeUndefined();
  });
});

const noImage = () => false;

function choose(candidates: readonly [number, Verdict | 'NotKnown' | 'Refused' | 'Undecided' | 'Asked'][]): Choice {
  const judge = (_: unknown, { verdict = '' }: Readonly<Record<string, string>>) => ({
    verdict: verdict === 'Undecided' ? ('Compliant' as const) : (VERDICTS.find((one) => one === verdict) ?? 'Pending'),
    undecided: verdict === 'Undecided',
    images:
      verdict === 'Asked' ? [{ reference: 'asked', containers: [], revision: 'Current' as const, firstSeen: now }] : [],
  });
  const all = candidates.map(([number, verdict]): Candidate => ({
    revision: { ...aRevision(number), templateLabels: { verdict } },
    isRefused: verdict === 'Refused',
    ...(verdict === 'NotKnown' ? {} : { images: [] }),
  }));
  return chooseRevision(all, judge, ({ reference }) => reference === 'asked');
}

const VERDICTS = ['Compliant', 'Violating', 'Unscanned', 'Pending', 'Unknown'] as const;

describe('of the former revisions', () => {
  test('the newest that complies is chosen', () => {
    expect(
      choose([
        [5, 'Violating'],
        [4, 'NotKnown'],
        [3, 'Compliant'],
        [2, 'Compliant'],
      ]),
    ).toMatchObject({
      revision: { number: 3 },
    });
  });

  test.each(['NotKnown', 'Refused', 'Undecided', 'Unscanned', 'Pending', 'Unknown', 'Violating'] as const)(
    'one that is %s is none to go back to',
    (verdict) => {
      expect(choose([[1, verdict]])).toMatchObject({ kind: 'none' });
    },
  );

  test('an older one is not chosen while Xray is asked of a newer one', () => {
    expect(
      choose([
        [3, 'Violating'],
        [2, 'Asked'],
        [1, 'Compliant'],
      ]),
    ).toEqual({ kind: 'asking' });
  });

  test('it is told why none is chosen', () => {
    expect(choose([])).toMatchObject({ why: 'its history holds no former revision' });
    expect(
      choose([
        [4, 'Violating'],
        [3, 'Violating'],
        [2, 'NotKnown'],
        [1, 'Refused'],
      ]),
    ).toMatchObject({
      why: 'of its former revisions, 2 break a rule, 1 would run images that nobody can tell or that Xray does not know, 1 is refused by the API server',
    });
  });

  test('whatever there is, none is chosen that is not known to comply', () => {
    const verdict = fc.constantFrom(...VERDICTS, 'NotKnown' as const, 'Refused' as const, 'Undecided' as const);
    fc.assert(
      fc.property(fc.array(verdict, { maxLength: 8 }), (verdicts) => {
        const numbered = verdicts.map((one, i): [number, typeof one] => [verdicts.length - i, one]);
        const first = numbered.find(([, one]) => one === 'Compliant');
        const chosen = choose(numbered);
        expect(chosen.kind === 'to' ? chosen.revision.number : undefined).toBe(first?.[0]);
      }),
    );
  });
});

const quiet: Judgement = {
  ...{ verdict: 'Violating', images: [], applied: [], waived: [], leftovers: [], waivedLeftovers: [], open: [] },
  ...{ violations: [agreed], demand: 'Ignore', auditDemand: 'Ignore', allowsDataLoss: false, undecided: false },
};
const nowhere = { protectedNamespaces: new Set<string>(), budgets: [] };

function planned(differs: Partial<PlanInput> = {}): ReturnType<typeof plan> {
  const judgement = { ...quiet, demand: 'ScaleDown' as const };
  return plan({
    ...{ judgement, target: aTarget(), note: undefined, rollback: option, surroundings: nowhere, pods: 3, now },
    ...differs,
  });
}

describe('a plan with a revision to go back to', () => {
  test('puts its template back, and notes between which revisions and for what', () => {
    expect(planned()).toEqual({
      kind: 'change',
      change: {
        kind: 'RollBack',
        template: { number: 1 },
        note: {
          from: { name: 'web-2', number: 2 },
          to: { name: 'web-1', number: 1 },
          at: now.toISOString(),
          policy: 'shop/base',
          digests: [aDigest()],
        },
      },
    });
  });

  test('notes who asked for it, and not who would only have reported something worse', () => {
    const worse = { ...agreed, policy: 'shop/audit', mode: 'Audit', asks: 'Delete' } as const;
    const judgement = { ...quiet, demand: 'ScaleDown', violations: [worse, agreed] } as const;
    expect(planned({ judgement })).toMatchObject({ change: { note: { policy: 'shop/base' } } });
  });

  test('protects what is protected', () => {
    const surroundings = { ...nowhere, protectedNamespaces: new Set(['shop']) };
    expect(planned({ surroundings })).toMatchObject({ kind: 'refused', reason: 'ProtectedNamespace' });
  });

  test('needs no guard for volumes: it deletes none', () => {
    const target = aTarget({ kind: 'StatefulSet', claimsDeletedWhenScaled: true });
    expect(planned({ target })).toMatchObject({ change: { kind: 'RollBack' } });
    expect(planned({ target, rollback: undefined })).toMatchObject({ reason: 'WouldDeleteClaims' });
  });

  test('does not delete instead, nor what is to be deleted', () => {
    expect(planned({ judgement: { ...quiet, demand: 'Delete' } })).toMatchObject({ change: { kind: 'Delete' } });
  });

  test.each(['note', 'former'] as const)('stops what was stopped before (%s): it is for a first stop only', (which) => {
    const before = { by: 'replicas', replicas: 3 } as const;
    const note = { before, at: after(-HOUR_MS).toISOString(), attempts: 1, policy: 'shop/base', digests: {} };
    expect(planned({ [which]: note })).toMatchObject({ change: { kind: 'ScaleDown', note: { attempts: 2 } } });
  });

  test('leaves what stands at zero', () => {
    expect(planned({ target: aTarget({ stop: { by: 'replicas', replicas: 0 } }) })).toEqual({ kind: 'nothing' });
  });
});

test('a stop instead of a rollback notes why, and who brought back what was rolled back', () => {
  const putBack = { manager: 'helm', times: 1, inARow: 1, since: now.toISOString(), at: now.toISOString() };
  expect(planned({ rollback: { kind: 'none', why: 'nothing is left', putBack } })).toMatchObject({
    change: { kind: 'ScaleDown', note: { attempts: 1, notRolledBack: 'nothing is left', putBack } },
  });
});

describe('for the brake', () => {
  const judgement = { ...quiet, demand: 'ScaleDown' as const };

  test('a rollback is a new stop like any other', () => {
    const { newStops, otherwise } = optionsOf(judgement, () => planned(), noImage, now);
    expect(newStops).toMatchObject([
      { ask: { action: 'ScaleDown', asker: 'Team' }, plan: { change: { kind: 'RollBack' } } },
    ]);
    expect(otherwise).toBeUndefined();
  });

  test('what would be rolled back counts among what could be stopped', () => {
    expect(couldBeStopped(() => planned(), false)).toBe(true);
  });
});

describe('the note of a rollback', () => {
  const note: RollbackNote = {
    from: { name: 'web-2', number: 2 },
    to: { name: 'web-1', number: 1 },
    at: now.toISOString(),
    policy: 'shop/base',
    digests: [aDigest()],
  };
  const on = (rolledBack: string): Pick<ObservedTarget, 'rolledBack'> => ({ rolledBack });

  test('is read as it was written', () => {
    expect(rollbackNoteOn(on(rollbackNoteText(note)))).toEqual(note);
  });

  test.each(['', '{', 'null', '7', '{"from":{}}', rollbackNoteText({ ...note, at: 'soon' })])(
    'that somebody edited is none: %s',
    (text) => {
      expect(rollbackNoteOn(on(text))).toBeUndefined();
    },
  );

  test('keeps no digest that is none', () => {
    expect(rollbackNoteOn(on(rollbackNoteText(note).replace('sha256', 'md5')))?.digests).toEqual([]);
  });

  test('whatever stands there, reading it never throws', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
        expect(() => rollbackNoteOn(on(text))).not.toThrow();
      }),
    );
  });
});
