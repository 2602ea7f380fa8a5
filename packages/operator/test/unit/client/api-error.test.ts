import { describe, expect, test } from '@jest/globals';
import { apiErrorOf, isApiError } from '../../../src/client/api-error.js';
import { finalizerPatch } from '../../../src/client/finalizers.js';
import { pauseBeforeRetry } from '../../../src/client/retry.js';
import { FakeClock } from '../../../src/testing/fake-clock.js';
import { Slots } from '../../../src/client/slots.js';

const asked = { what: 'PATCH /things/a', verb: 'patch' as const };

describe('a refusal', () => {
  test('keeps the reason, the fields that were wrong and the verb', () => {
    const causes = [{ reason: 'FieldValueInvalid', message: 'must be positive', field: 'spec.replicas' }];
    const body = JSON.stringify({ kind: 'Status', reason: 'Invalid', message: 'it is invalid', details: { causes } });
    expect(apiErrorOf(body, { status: 422, ...asked })).toMatchObject({
      status: 422,
      reason: 'Invalid',
      causes,
      verb: 'patch',
      message: 'the API server answered 422 to PATCH /things/a: it is invalid',
    });
  });

  test.each([
    [404, 'NotFound'],
    [409, 'Conflict'],
    [403, 'Forbidden'],
    [504, 'Timeout'],
    [418, 'Unknown'],
  ])('of a proxy, with status %d and a web page, is %s', (status, reason) => {
    expect(apiErrorOf('<html>no</html>', { status, ...asked }).reason).toBe(reason);
  });

  test('a reason that nobody knows is told by its status', () => {
    expect(apiErrorOf('{"reason":"Fancy"}', { status: 409, ...asked }).reason).toBe('Conflict');
  });

  test.each([
    ['the header', '7', '{}', 7_000],
    ['the details', undefined, '{"details":{"retryAfterSeconds":3}}', 3_000],
    ['nothing', undefined, '{}', undefined],
    ['a date, which is not understood', 'Wed, 21 Oct 2026 07:28:00 GMT', '{}', undefined],
  ])('when to come back, by %s', (_, retryAfter, body, ms) => {
    const header = retryAfter === undefined ? {} : { retryAfter };
    expect(apiErrorOf(body, { status: 429, ...asked, ...header }).retryAfterMs).toBe(ms);
  });

  test('is told from all others', () => {
    const error = apiErrorOf('{}', { status: 404, ...asked });
    expect(isApiError(error)).toBe(true);
    expect(isApiError(error, 'Conflict', 'NotFound')).toBe(true);
    expect(isApiError(error, 'Conflict')).toBe(false);
    expect(isApiError(new Error('other'), 'NotFound')).toBe(false);
  });
});

describe('another try', () => {
  test.each([
    ['429 of any verb', 429, undefined, false, true],
    ['429 that says when', 429, 2_000, false, true],
    ['503 that says when, of any verb', 503, 2_000, false, true],
    ['503 of what may be done twice', 503, undefined, true, true],
    ['503 of what may not', 503, undefined, false, false],
    ['no answer to what may be done twice', 0, undefined, true, true],
    ['no answer to what may not', 0, undefined, false, false],
    ['a refusal', 409, undefined, true, false],
    ['a refusal that says when', 403, 2_000, true, false],
    ['one that would take too long', 429, 61_000, true, false],
  ])('%s', (...[, status, retryAfterMs, repeatable, isTried]) => {
    const seconds = retryAfterMs === undefined ? {} : { retryAfter: String(retryAfterMs / 1_000) };
    const error = apiErrorOf('{}', { status, ...asked, ...seconds });
    const pauseMs = pauseBeforeRetry(error, { failures: 1, spentMs: 0, repeatable }, () => 0.5);
    expect(pauseMs !== undefined).toBe(isTried);
    if (isTried && retryAfterMs !== undefined) expect(pauseMs).toBe(retryAfterMs);
  });

  test.each([
    [2, undefined, true],
    [3, undefined, false],
    [9, 1_000, true],
    [10, 1_000, false],
  ])('after %d failures, asked to come back in %s ms: %s', (failures, retryAfterMs, isTried) => {
    const seconds = retryAfterMs === undefined ? {} : { retryAfter: String(retryAfterMs / 1_000) };
    const error = apiErrorOf('{}', { status: 429, ...asked, ...seconds });
    expect(pauseBeforeRetry(error, { failures, spentMs: 0, repeatable: true }, () => 0) !== undefined).toBe(isTried);
  });
});

describe('a finalizer', () => {
  const test1 = { op: 'test', path: '/metadata/uid', value: 'u' };

  test.each([
    ['the first', [], { add: 'f' }, null, ['f']],
    ['one more', ['x'], { add: 'f' }, ['x'], ['x', 'f']],
    ['the last goes', ['f'], { remove: 'f' }, ['f'], []],
    ['one of two goes', ['x', 'f'], { remove: 'f' }, ['x', 'f'], ['x']],
  ] as const)('%s', (...[, finalizers, change, before, after]) => {
    expect(finalizerPatch({ uid: 'u', finalizers }, change)).toEqual([
      test1,
      { op: 'test', path: '/metadata/finalizers', value: before },
      { op: 'add', path: '/metadata/finalizers', value: after },
    ]);
  });

  test.each([
    [['f'], { add: 'f' }],
    [['x'], { remove: 'f' }],
  ] as const)('nothing is sent where it is so already: %j, %j', (finalizers, change) => {
    expect(finalizerPatch({ uid: 'u', finalizers }, change)).toBeUndefined();
  });
});

test('at most so many requests are under way, and none is forgotten', async () => {
  const clock = new FakeClock();
  const slots = new Slots(2);
  const signal = new AbortController().signal;
  let most = 0;
  let now = 0;
  const work = async (fails: boolean): Promise<void> => {
    most = Math.max(most, ++now);
    await clock.sleep(10, signal);
    now--;
    if (fails) throw new Error('failed');
  };
  const all = Promise.allSettled([1, 2, 3, 4, 5].map(async (i) => slots.run(signal, async () => work(i % 2 === 0))));
  for (let i = 0; i < 40; i++) {
    clock.advance(1);
    await Promise.resolve();
    await new Promise((resolve) => setImmediate(resolve));
  }
  expect((await all).map(({ status }) => status)).toEqual([
    'fulfilled',
    'rejected',
    'fulfilled',
    'rejected',
    'fulfilled',
  ]);
  expect(most).toBe(2);
});
