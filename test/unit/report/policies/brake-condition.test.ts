import { expect, test } from '@jest/globals';
import type { Condition } from '@dot-kube/operator/conditions';
import { brakeEvent, withBrake } from '../../../../src/report/policies/brake-condition.js';
import { brakeObstacle } from '../../../../src/report/brake-wording.js';
import { after, now } from '../../../builders/builders.js';

const policy = { policy: 'shop/base', generation: 3, approve: undefined, isInForce: true, braked: 0 };
const said = (differs: object): Condition | undefined => withBrake([], { ...policy, ...differs }, now)[0];

test.each<[string, object, object | undefined]>([
  ['nothing where there is nothing to say', {}, undefined],
  [
    'what it holds',
    { braked: 12 },
    { status: 'True', reason: 'ApprovalNeeded', message: expect.stringMatching(/^12 /) },
  ],
  ['how to approve', { braked: 1 }, { message: expect.stringContaining('kubexray approve xraypolicy/base -n shop') }],
  ['that it was approved', { approve: '3' }, { status: 'False', reason: 'Approved' }],
  ['that an approval is of another form', { approve: '2' }, { status: 'False', reason: 'ApprovalStale' }],
  ['that an approval is no number', { approve: 'yes' }, { status: 'False', reason: 'ApprovalStale' }],
  ['that this form is not in force', { approve: '3', isInForce: false }, { reason: 'ApprovalStale' }],
  [
    'that what it holds was approved in another form',
    { approve: '2', braked: 5 },
    {
      reason: 'ApprovalNeeded',
      message: expect.stringContaining('="2" does not count: the policy is at generation 3'),
    },
  ],
])('a policy says %s', (_, differs, wanted) => {
  if (wanted === undefined) expect(said(differs)).toBeUndefined();
  else expect(said(differs)).toMatchObject({ type: 'BrakeEngaged', observedGeneration: 3, ...wanted });
});

test('what is over is said no more', () => {
  const ready: Condition = {
    type: 'Ready',
    status: 'True',
    reason: 'Valid',
    message: '',
    lastTransitionTime: '',
    observedGeneration: 3,
  };
  const held = withBrake([ready], { ...policy, braked: 3 }, now);
  expect(held).toHaveLength(2);
  expect(withBrake(held, policy, now)).toEqual([ready]);
});

test('it is told once each time that the brake comes to hold something', () => {
  const none = withBrake([], policy, now);
  const some = withBrake(none, { ...policy, braked: 3 }, now);
  const more = withBrake(some, { ...policy, braked: 4 }, after(5_000));
  expect(brakeEvent(none, some)).toMatchObject({ type: 'Warning', reason: 'BrakeEngaged' });
  expect(brakeEvent(some, more)).toBeUndefined();
  expect(brakeEvent(some, none)).toBeUndefined();
  const later = withBrake(none, { ...policy, braked: 3 }, after(60_000));
  expect(brakeEvent(none, later)?.once).not.toBe(brakeEvent(none, some)?.once);
});

test('what a held workload says does not move with the size of its wave', () => {
  const rules = { sharePercent: 25, floor: 10, windowMs: 24 * 3_600_000 };
  const asking = [{ policy: 'floor', generation: 2 }];
  expect(brakeObstacle('cluster', rules, asking)).toEqual({
    reason: 'BrakeEngaged',
    message:
      'Not stopped: more workloads of the cluster are to be stopped than may newly be (25 %, at least 10, within 24 h) without approval. ' +
      'To let it be done: kubexray approve clusterxraypolicy/floor, or annotate it with kubexray.io/approve="2".',
  });
});
