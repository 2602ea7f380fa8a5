// That the audit of the chaos run sees what it is there for: each rule is broken once, by hand.
import { beforeEach, describe, expect, test } from '@jest/globals';
import { Audit, unlikeModel, type Workload } from '../../chaos/model/invariants.js';
import { Model } from '../../chaos/model/model.js';
import { clean, issues } from '../../chaos/story/findings.js';

const BAD = 's/app:1';
const LATER = 100_000;
const note = JSON.stringify({ before: { by: 'replicas', replicas: 3 } });
const running: Workload = {
  uid: 'u',
  kind: 'Deployment',
  namespace: 'shop',
  name: 'web',
  labels: { app: 'web' },
  images: [BAD],
  replicas: 3,
  note: undefined,
  rolledBack: undefined,
  claims: { whenScaled: 'Retain', whenDeleted: 'Retain' },
  template: BAD,
  rest: '{}',
};
const stopped: Workload = { ...running, replicas: 0, note };
const key = { namespace: 'shop', name: 'base' };
const policy = { mode: 'Enforce', security: { actions: { deployments: 'ScaleDown' } } } as const;

let model: Model;
let audit: Audit;
let problems: string[];
const isProtected = (namespace: string): boolean => namespace === 'guarded';

beforeEach(() => {
  problems = [];
  model = new Model({ apiMs: 1_000, xrayMs: 1_000, apiTailMs: 10_000, xrayTailMs: 10_000 });
  audit = new Audit({ model, isProtected, fail: (what) => problems.push(what) });
  model.setNamespace('shop', {}, 0);
  model.setPolicy(key, policy, 0);
  model.setFacts(BAD, { issues: [issues.critical], licenses: [] }, 0);
  audit.changed({ by: 'user', atMs: 0, before: undefined, after: running });
});

function operator(before: Workload, after: Workload | undefined, atMs = LATER): readonly string[] {
  audit.changed({ by: 'operator', atMs, before, after });
  return problems;
}

describe('what is right passes', () => {
  test('a stop, a restore once the cause is gone', () => {
    operator(running, stopped);
    model.setFacts(BAD, clean, LATER + 1);
    expect(operator(stopped, running, LATER + 5_000)).toEqual([]);
  });

  test('a stop by a policy that was there a moment ago', () => {
    model.setPolicy(key, undefined, LATER - 500);
    expect(operator(running, stopped)).toEqual([]);
  });

  test('a stop by a policy that is gone, while nobody could see that', () => {
    model.apiTrouble(LATER - 6_000, 1_000);
    model.setPolicy(key, undefined, LATER - 5_000);
    expect(operator(running, stopped)).toEqual([]);
  });
});

describe('what is wrong is seen', () => {
  const cases: readonly [string, () => readonly string[], RegExp][] = [
    [
      'a stop of what complies',
      () => {
        model.setFacts(BAD, clean, LATER - 5_000);
        return operator(running, stopped);
      },
      /nothing asked for ScaleDown/,
    ],
    [
      'a stop of what an exception waives',
      () => {
        const spec = { workloadSelector: {}, vulnerabilities: ['XRAY-1'], reason: 'r', expiresAt: '' };
        model.setException(key, { spec, createdMs: 0, expiresMs: LATER + 1 }, 0);
        return operator(running, stopped);
      },
      /nothing asked for ScaleDown/,
    ],
    [
      'a stop within the grace period',
      () => {
        model.setPolicy(key, { ...policy, security: { ...policy.security, gracePeriod: '1h' } }, 1);
        return operator(running, stopped);
      },
      /nothing asked for ScaleDown/,
    ],
    ['a deletion where a stop was asked for', () => operator(running, undefined), /nothing asked for Delete/],
    [
      'a stop in a protected namespace',
      () => operator({ ...running, namespace: 'guarded' }, { ...stopped, namespace: 'guarded' }),
      /protected/,
    ],
    ['a stop that forgets the replicas', () => operator(running, { ...stopped, note: '{}' }), /noted undefined/],
    ['a stop that changes more', () => operator(running, { ...stopped, rest: '{"x":1}' }), /more than/],
    ['a second stop', () => operator(stopped, { ...stopped, note: '{}' }), /decides nothing/],
    ['a restore of what still breaks the rule', () => operator(stopped, running), /let go/],
    ['a restore of other replicas', () => operator(stopped, { ...running, replicas: 1 }), /restored 1 replicas/],
    [
      'a note taken off a workload at zero',
      () => operator(stopped, { ...stopped, note: undefined }),
      /took its note off/,
    ],
    [
      'a stop of a set whose volumes go with it',
      () => {
        const claims = { whenScaled: 'Delete', whenDeleted: 'Retain' };
        return operator({ ...running, claims }, { ...stopped, claims });
      },
      /volumes/,
    ],
  ];

  test.each(cases)('%s', (_, broken, expected) => {
    expect(broken().join('\n')).toMatch(expected);
  });
});

test('a second stop where the brake lets one through is seen', () => {
  const braked = new Audit({
    model,
    brake: { sharePercent: 25, floor: 1 },
    isProtected,
    fail: (what) => problems.push(what),
  });
  for (const uid of ['u', 'v']) {
    braked.changed({ by: 'user', atMs: 0, before: undefined, after: { ...running, uid } });
    braked.changed({ by: 'operator', atMs: LATER, before: { ...running, uid }, after: { ...stopped, uid } });
  }
  expect(problems.join('\n')).toMatch(/brake was passed: 2 newly stopped of 2/);
});

describe('at rest', () => {
  const look = (workload: Workload, verdict = 'Violating'): readonly string[] =>
    unlikeModel([workload], () => ({ verdict, action: undefined, history: [] }), {
      model,
      audit,
      isProtected,
      atMs: LATER,
    });

  test('what is asked for is there', () => {
    expect(look(stopped)).toEqual([]);
  });

  test.each<[string, Workload]>([
    ['a workload that runs and should not', running],
    ['replicas that are lost', { ...stopped, note: JSON.stringify({ before: { by: 'replicas', replicas: 1 } }) }],
    ['a zero without a note', { ...stopped, note: undefined }],
  ])('%s is seen', (_, workload) => {
    expect(look(workload)).toHaveLength(1);
  });

  test('a verdict that is not the right one is seen', () => {
    expect(look(stopped, 'Compliant')).toHaveLength(1);
  });
});
