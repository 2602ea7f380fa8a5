import { describe, expect, test } from '@jest/globals';
import { type Note, noteText, parseNote } from '../../../src/plan/note.js';
import { fluxAtRelease, fluxAtStop, type Pausable, pausesOf } from '../../../src/plan/pause.js';
import { PAUSED_REPLICAS, pauseOf, resumeOf, type ScaledObject } from '../../../src/plan/pause-keda.js';
import { aTarget, now } from '../../builders/builders.js';

const both: ReadonlySet<Pausable> = new Set(['KEDA', 'Flux']);
const none: ReadonlySet<Pausable> = new Set();

function aNote(paused?: Note['paused']): Note {
  const note = {
    before: { by: 'replicas', replicas: 3 },
    at: now.toISOString(),
    attempts: 1,
    policy: 'p',
    digests: {},
  } as const;
  return { ...note, ...(paused === undefined ? {} : { paused }) };
}

describe('what a stop notes', () => {
  test('is nothing where nobody is to be told', () => {
    expect(pausesOf(aTarget(), undefined, none)).toEqual({});
    expect(fluxAtStop(aNote())).toBeUndefined();
  });

  test.each([undefined, 'enabled', 'disabled'])(
    'keeps what Flux was told before (%p), and the note survives being written',
    (value) => {
      const target = aTarget(value === undefined ? {} : { fluxReconcile: value });
      const { paused } = pausesOf(target, undefined, both);
      expect(paused).toEqual({ flux: { before: value ?? null }, keda: true });
      expect(parseNote(noteText(aNote(paused)))).toEqual(aNote(paused));
      expect(fluxAtStop(aNote(paused))).toBe('disabled');
      const stopped = aTarget({ fluxReconcile: 'disabled' });
      expect(fluxAtRelease(aNote(paused), stopped)).toBe(value ?? null);
    },
  );

  test('is of the first stop where our own word still stands, also when the setting is gone', () => {
    const former = aNote({ flux: { before: 'enabled' } });
    for (const asked of [both, none])
      expect(pausesOf(aTarget({ fluxReconcile: 'disabled' }), former, asked).paused?.flux).toEqual({
        before: 'enabled',
      });
    expect(pausesOf(aTarget({ fluxReconcile: 'mine' }), former, both).paused?.flux).toEqual({ before: 'mine' });
    expect(pausesOf(aTarget({ fluxReconcile: 'mine' }), former, none)).toEqual({});
  });

  test('has no KEDA where there are no replicas', () => {
    expect(pausesOf(aTarget({ stop: { by: 'suspend', suspend: false } }), undefined, new Set(['KEDA']))).toEqual({});
  });

  test('what somebody told Flux meanwhile is left', () => {
    expect(fluxAtRelease(aNote({ flux: { before: null } }), aTarget({ fluxReconcile: 'enabled' }))).toBeUndefined();
    expect(fluxAtRelease(aNote({ flux: { before: null } }), aTarget())).toBeUndefined();
  });
});

describe('a ScaledObject', () => {
  const target = aTarget();
  function aScaledObject(annotations: Record<string, string> = {}, differs: Partial<ScaledObject> = {}): ScaledObject {
    const metadata = { namespace: 'shop', name: 'web', uid: 'uid-so', resourceVersion: '1', annotations };
    return { metadata, spec: { scaleTargetRef: { name: 'web' } }, pauseManagers: ['kubexray-operator'], ...differs };
  }
  function written(one: ScaledObject, change: Readonly<Record<string, string | null>> | undefined): ScaledObject {
    const all = { ...one.metadata.annotations, ...change };
    const annotations = Object.fromEntries(
      Object.entries(all).filter((entry): entry is [string, string] => entry[1] !== null),
    );
    return { ...one, metadata: { ...one.metadata, annotations } };
  }

  test.each([[{}], [{ [PAUSED_REPLICAS]: '2' }], [{ [PAUSED_REPLICAS]: '0' }], [{ other: 'x' }]])(
    'with %j is that again after a pause, which is written once',
    (annotations) => {
      const before = aScaledObject(annotations);
      const paused = written(before, pauseOf(before, target));
      expect(paused.metadata.annotations?.[PAUSED_REPLICAS]).toBe('0');
      expect(pauseOf(paused, target)).toBeUndefined();
      const resumed = written(paused, resumeOf(paused, target.uid));
      expect(resumed).toEqual(before);
      expect(resumeOf(resumed, target.uid)).toBeUndefined();
    },
  );

  test('of another workload is left', () => {
    for (const scaleTargetRef of [
      { name: 'other' },
      { name: 'web', kind: 'StatefulSet' },
      { name: 'web', apiVersion: 'argoproj.io/v1alpha1' },
    ])
      expect(pauseOf(aScaledObject({}, { spec: { scaleTargetRef } }), target)).toBeUndefined();
    const paused = written(aScaledObject(), pauseOf(aScaledObject(), target));
    expect(resumeOf(paused, 'uid-other')).toBeUndefined();
  });

  test('that somebody changed or claimed meanwhile loses our mark only', () => {
    const paused = written(aScaledObject(), pauseOf(aScaledObject(), target));
    const changed = written(paused, { [PAUSED_REPLICAS]: '5' });
    expect(written(changed, resumeOf(changed, target.uid)).metadata.annotations).toEqual({ [PAUSED_REPLICAS]: '5' });
    const claimed = { ...paused, pauseManagers: ['kubexray-operator', 'argocd-controller'] };
    expect(written(claimed, resumeOf(claimed, target.uid)).metadata.annotations).toEqual({ [PAUSED_REPLICAS]: '0' });
  });

  test('whose pause somebody took off is paused again, and keeps what was there first', () => {
    const before = aScaledObject({ [PAUSED_REPLICAS]: '2' });
    const paused = written(before, pauseOf(before, target));
    const lifted = written(paused, { [PAUSED_REPLICAS]: null });
    const again = written(lifted, pauseOf(lifted, target));
    expect(written(again, resumeOf(again, target.uid))).toEqual(before);
  });

  test('with a mark that is none of ours is treated as one without', () => {
    const strange = aScaledObject({ 'kubexray.io/paused': 'x' });
    expect(resumeOf(strange, target.uid)).toBeUndefined();
    expect(pauseOf(strange, target)).toMatchObject({ [PAUSED_REPLICAS]: '0' });
  });
});
