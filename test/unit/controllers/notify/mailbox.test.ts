// What waits for one receiver: gathered, spaced, tried again ever more slowly, and bounded.
import { expect, test } from '@jest/globals';
import { type Letter, Mailbox } from '../../../../src/controllers/notify/mailbox.js';
import type { NotifyEvent } from '../../../../src/api/v1alpha1/types.js';

const pace = { gatherMs: 10, spacingMs: 30, firstRetryMs: 5, lastRetryMs: 100 };

const aLetter = (event: NotifyEvent = 'Enforced', uid = 'u'): Letter => ({
  news: {
    event,
    message: '',
    at: '',
    action: '',
    violations: [],
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    namespace: 'shop',
    name: 'web',
    uid,
  },
  told: [],
});

test('waits for what comes with it, then for its turn', () => {
  const box = new Mailbox(pace);
  expect(box.isDue(0)).toBe(false);
  box.put('a', aLetter(), 0);
  box.put('b', aLetter(), 9);
  expect([box.isDue(9), box.isDue(10)]).toEqual([false, true]);
  for (const [, letters] of box.byEvent()) box.sent(letters, 10);
  box.put('c', aLetter(), 11);
  expect([box.isDue(39), box.isDue(40)]).toEqual([false, true]);
});

test('each event is a message of its own, and newer news of a workload take the place of older', () => {
  const box = new Mailbox(pace);
  box.put('a', aLetter('Held'), 0);
  box.put('b', aLetter('Held'), 0);
  box.put('a', aLetter('Enforced'), 0);
  expect([...box.byEvent()].map(([event, letters]) => [event, [...letters.keys()]])).toEqual([
    ['Enforced', ['a']],
    ['Held', ['b']],
  ]);
  box.drop('b');
  expect(box.size).toBe(1);
});

test('what came while a message was on its way stays', () => {
  const box = new Mailbox(pace);
  box.put('a', aLetter('Held'), 0);
  const [letters] = box.byEvent().values();
  box.put('a', aLetter('Enforced'), 1);
  if (letters !== undefined) box.sent(letters, 2);
  expect([...box.byEvent().keys()]).toEqual(['Enforced']);
});

test('a failure waits twice as long each time, up to a limit, or as long as it is asked to', () => {
  const box = new Mailbox(pace);
  box.put('a', aLetter(), -100);
  const waits = Array.from({ length: 8 }, () => {
    box.failed(0, 0);
    return Array.from({ length: 200 }, (_, ms) => ms).find((ms) => box.isDue(ms));
  });
  expect(waits).toEqual([5, 10, 20, 40, 80, 100, 100, 100]);
  box.failed(0, 150);
  expect([box.isDue(149), box.isDue(150)]).toEqual([false, true]);
});

test('is bounded', () => {
  const box = new Mailbox(pace);
  const took = Array.from({ length: 5_001 }, (_, i) => box.put(`r${i}`, aLetter(), 0));
  expect(took.filter(Boolean)).toHaveLength(5_000);
  expect(box.put('r1', aLetter('Held'), 0)).toBe(true);
});
