import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { contentionOf } from '../../../src/plan/contention.js';
import { contenderOf } from '../../../src/plan/contention-managers.js';
import { type Note, noteText, parseNote } from '../../../src/plan/note.js';
import { plan, type Plan } from '../../../src/plan/plan.js';
import { aDigest, after, aTarget, aViolation, now } from '../../builders/builders.js';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const due = { demand: 'ScaleDown', undecided: false, violations: [aViolation()], allowsDataLoss: false } as const;
const elsewhere = { surroundings: { protectedNamespaces: new Set<string>(), budgets: [] }, pods: 3 };
const running = aTarget({ stopManager: 'argocd-controller' });
const stopped = aTarget({ stop: { by: 'replicas', replicas: 0 }, stopManager: 'kubexray-operator' });

function aNote(differs: Partial<Note> = {}): Note {
  const digests = { 'shop/web:1': aDigest() };
  return {
    before: { by: 'replicas', replicas: 3 },
    at: now.toISOString(),
    attempts: 1,
    policy: 'p',
    digests,
    ...differs,
  };
}

function planAt(ms: number, note: Note): Plan {
  return plan({ judgement: due, target: running, note, ...elsewhere, now: after(ms) });
}

/** Puts the workload back so many milliseconds after each stop. @returns the note of each stop, and when it was made */
function fight(putBackAfterMs: readonly number[]): readonly { readonly note: Note; readonly waitedMs: number }[] {
  let [note, ms] = [aNote(), 0];
  return putBackAfterMs.map((held) => {
    let planned = planAt(ms + held, note);
    const began = ms + held;
    ms = began;
    if (planned.kind === 'backingOff') {
      ms = planned.until.getTime() - now.getTime();
      planned = planAt(ms, note);
    }
    if (planned.kind !== 'change' || planned.change.kind !== 'ScaleDown') throw new Error(`it was ${planned.kind}`);
    note = planned.change.note;
    return { note, waitedMs: ms - began };
  });
}

describe('the wait before a workload that was put back is stopped again', () => {
  test('doubles from a second to ten minutes, and counts', () => {
    const stops = fight(Array.from({ length: 12 }, () => 0));
    expect(stops.map(({ waitedMs }) => waitedMs / 1000)).toEqual([1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 600, 600]);
    expect(stops.at(-1)?.note).toMatchObject({ attempts: 13, putBack: { times: 12, manager: 'argocd-controller' } });
  });

  test('a day of fighting is 152 stops', () => {
    let stops = 0;
    let [note, ms] = [aNote(), 0];
    while (ms < 24 * HOUR) {
      const planned = planAt(ms, note);
      if (planned.kind === 'backingOff') ms = planned.until.getTime() - now.getTime();
      else if (planned.kind === 'change' && planned.change.kind === 'ScaleDown') {
        note = planned.change.note;
        stops += 1;
      }
    }
    expect(stops).toBe(152);
  });

  test('begins anew after a stop that held for twice the longest wait', () => {
    const stops = fight([0, 0, 0, 0, 21 * MINUTE, 0]);
    expect(stops.map(({ waitedMs }) => waitedMs / 1000)).toEqual([1, 2, 4, 8, 0, 2]);
    expect(stops.at(-1)?.note.putBack).toMatchObject({ times: 6, inARow: 2, since: now.toISOString() });
  });

  test('a lone put-back a week later is stopped at once, and is a contention of its own', () => {
    const stops = fight([0, 0, 0, 0, 0, 7 * 24 * HOUR, 0]);
    expect(stops.slice(-2).map(({ waitedMs }) => waitedMs)).toEqual([0, 2000]);
    expect(stops.at(-1)?.note.putBack).toMatchObject({ times: 2 });
    expect(stops.at(-1)?.note.putBack?.since).not.toBe(now.toISOString());
  });

  test('of a note of an older release follows from its attempts', () => {
    expect(planAt(10_000, aNote({ attempts: 5 }))).toMatchObject({ kind: 'backingOff', until: after(16_000) });
  });

  test('is never longer than ten minutes nor negative, and the note survives being written, whatever happens', () => {
    const held = fc.integer({ min: 0, max: 30 * 24 * HOUR });
    fc.assert(
      fc.property(fc.array(held, { minLength: 1, maxLength: 30 }), (gaps) => {
        for (const { note, waitedMs } of fight(gaps)) {
          expect(waitedMs).toBeGreaterThanOrEqual(0);
          expect(waitedMs).toBeLessThanOrEqual(10 * MINUTE);
          expect(parseNote(noteText(note))).toEqual(note);
        }
      }),
    );
  });

  test('counts from what the result tells where the note is gone, too', () => {
    const former = aNote({ attempts: 4 });
    const input = { judgement: due, target: running, note: undefined, ...elsewhere };
    expect(plan({ ...input, former, now: after(1000) })).toMatchObject({ kind: 'backingOff', until: after(8000) });
    expect(plan({ ...input, former, now: after(8000) })).toMatchObject({ change: { note: { attempts: 5 } } });
    const quiet = { ...due, demand: 'Ignore' } as const;
    expect(plan({ ...input, judgement: quiet, former, now })).toEqual({ kind: 'nothing' });
  });
});

describe('a contention', () => {
  const putBack = { manager: 'helm', times: 3, inARow: 3, since: after(-HOUR).toISOString(), at: now.toISOString() };
  const note = aNote({ attempts: 4, putBack });

  test('is told as soon as it is put back, by who does it now', () => {
    expect(contentionOf({ judgement: due, target: running, note, now: after(1) })).toEqual({
      manager: 'argocd-controller',
      times: 4,
      since: putBack.since,
    });
  });

  test('is none while the first stop holds, nor without one', () => {
    expect(contentionOf({ judgement: due, target: stopped, note: aNote(), now })).toBeUndefined();
    expect(contentionOf({ judgement: due, target: running, note: undefined, now })).toBeUndefined();
    expect(contentionOf({ judgement: due, target: undefined, note, now })).toBeUndefined();
  });

  test('lasts for two hours after the last stop, over what is not known meanwhile', () => {
    const until = after(2 * HOUR);
    const told = { manager: 'helm', times: 3, since: putBack.since, until };
    const undecided = { demand: 'Ignore', undecided: true } as const;
    for (const judgement of [due, undecided])
      expect(contentionOf({ judgement, target: stopped, note, now: after(2 * HOUR - 1) })).toEqual(told);
    expect(contentionOf({ judgement: due, target: stopped, note, now: until })).toBeUndefined();
  });

  test('ends with its cause', () => {
    const judgement = { demand: 'Ignore', undecided: false } as const;
    for (const target of [stopped, running]) expect(contentionOf({ judgement, target, note, now })).toBeUndefined();
  });
});

test.each([
  ['argocd-controller', 'ArgoCD'],
  ['kustomize-controller', 'Flux'],
  ['helm-controller', 'Flux'],
  ['helm', 'Helm'],
  ['kube-controller-manager', 'HPA'],
  ['keda', 'KEDA'],
  ['kubectl', 'User'],
  ['kubectl-client-side-apply', 'User'],
  ['kubectl-edit', 'User'],
  ['kubectlike', 'Other'],
  ['', 'Other'],
])('%p is %s', (manager, contender) => {
  expect(contenderOf(manager)).toBe(contender);
});

test.each([{ times: 0 }, { inARow: '3' }, { since: 'yesterday' }, { manager: 7 }])(
  'a note whose record of put-backs is unsound (%p) is a note nevertheless',
  (wrong) => {
    const putBack = { manager: 'helm', times: 3, inARow: 3, since: now.toISOString(), at: now.toISOString(), ...wrong };
    const { putBack: read, ...rest } = parseNote(JSON.stringify({ ...aNote(), putBack })) ?? {};
    expect(read).toBeUndefined();
    expect(rest).toEqual(aNote());
  },
);
