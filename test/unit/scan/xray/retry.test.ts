import { expect, test } from '@jest/globals';
import { pauseBeforeRetry } from '../../../../src/scan/xray/retry.js';
import { XrayError, type XrayErrorCode, type XrayErrorOptions } from '../../../../src/scan/xray/xray-error.js';

function error(code: XrayErrorCode, options: XrayErrorOptions = {}): XrayError {
  return new XrayError(code, 'so it is', options);
}

test.each<[XrayErrorCode, XrayErrorOptions, boolean]>([
  ['Unreachable', {}, true],
  ['RateLimited', { status: 429 }, true],
  ['ServerError', { status: 503 }, true],
  ['ServerError', { status: 504 }, false], // the batch is halved instead
  ['TimedOut', {}, false],
  ['TooLarge', { status: 413 }, false],
  ['CredentialsRefused', { status: 401 }, false],
  ['Forbidden', { status: 403 }, false],
  ['NotXray', { status: 404 }, false],
  ['Refused', { status: 400 }, false],
  ['UnexpectedAnswer', {}, false],
])('%s %j is worth another try: %s', (code, options, isWorth) => {
  expect(pauseBeforeRetry(error(code, options), 1, 0.5) !== undefined).toBe(isWorth);
});

test('the pause grows, with jitter over the whole of it, and the third failure is the last', () => {
  const failure = error('Unreachable');
  expect(pauseBeforeRetry(failure, 1, 1)).toBe(400);
  expect(pauseBeforeRetry(failure, 2, 1)).toBe(800);
  expect(pauseBeforeRetry(failure, 2, 0)).toBe(0);
  expect(pauseBeforeRetry(failure, 3, 0)).toBeUndefined();
});

test('what Retry-After says is kept, and a long wait is left to the poller', () => {
  expect(pauseBeforeRetry(error('RateLimited', { retryAfterMs: 2_000 }), 1, 0)).toBe(2_000);
  expect(pauseBeforeRetry(error('RateLimited', { retryAfterMs: 60_000 }), 1, 0)).toBeUndefined();
});
