// That the audit of the chaos run sees what it is there for: each rule is broken once, by hand.
import { beforeEach, describe, expect, test } from '@jest/globals';
import { digestOf } from '../../cluster/digest.js';
import { type Act, type Line, unlikeActs } from '../../chaos/model/history.js';
import { resultsLeft, unlikeModel } from '../../chaos/model/at-rest.js';
import { Lateness } from '../../chaos/model/lateness.js';
import { Audit } from '../../chaos/model/invariants.js';
import type { Workload } from '../../chaos/model/workload.js';
import { Model } from '../../chaos/model/model.js';
import { jobUnlikeModel, wrongWithJob } from '../../chaos/model/started-jobs.js';
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

describe('an end in the grace period of a rule', () => {
  const SINCE = 50_000;
  const graced = { mode: 'Enforce', security: { gracePeriod: '10s', actions: { deployments: 'ScaleDown' } } } as const;
  const named = { ...key, name: 'graced' };
  const labelled = { ...stopped, labels: { tier: 'web' } };

  /** Another rule had it stopped; since SINCE it breaks one again. */
  const cases: readonly [string, () => void, Workload?][] = [
    [
      'that names it only since then',
      () => {
        model.setPolicy(named, graced, SINCE);
      },
    ],
    [
      'that did not name it for a moment',
      () => {
        model.setPolicy(named, graced, 0);
        model.setPolicy(named, { ...graced, security: { ...graced.security, ignoredVulnerabilities: ['XRAY-1'] } }, 1);
        model.setPolicy(named, graced, SINCE);
      },
    ],
    [
      'that selects its namespace only since then',
      () => {
        const elsewhere = { ...graced, namespaceSelector: { matchLabels: { team: 'red' } } };
        model.setPolicy({ ...named, namespace: '' }, elsewhere, 0);
        model.setNamespace('shop', { team: 'red' }, SINCE);
      },
    ],
    [
      'that selects the workload only since then',
      () => {
        model.setPolicy(named, { ...graced, workloadSelector: { matchLabels: { tier: 'web' } } }, 0);
        audit.changed({ by: 'user', atMs: SINCE, before: stopped, after: labelled });
      },
      labelled,
    ],
    [
      'the place of which another had taken until then',
      () => {
        const mild = { ...key, name: 'mild' };
        model.setPolicy({ ...named, namespace: '' }, { ...graced, tier: 'Default' }, 0);
        model.setPolicy(mild, { mode: 'Audit', security: { actions: {} } }, 0);
        model.setPolicy(mild, undefined, SINCE);
      },
    ],
    [
      'for an image that came back then',
      () => {
        const good = { ...stopped, images: ['s/app:0'] };
        model.setPolicy(named, graced, 0);
        audit.changed({ by: 'user', atMs: 1, before: stopped, after: good });
        audit.changed({ by: 'user', atMs: SINCE, before: good, after: stopped });
      },
    ],
    [
      'for what Xray says again since then',
      () => {
        model.setPolicy(named, graced, 0);
        model.setFacts(BAD, clean, 1);
        model.setFacts(BAD, { issues: [issues.critical], licenses: [] }, SINCE);
      },
    ],
  ];

  test.each(cases)('%s passes, and after it is seen', (_, begin, halted = stopped) => {
    operator(running, stopped, 0);
    model.setPolicy(key, undefined, 1);
    begin();
    const goesOn = { ...halted, replicas: 3, note: undefined };
    expect(operator(halted, goesOn, SINCE + 9_000)).toEqual([]);
    expect(operator(halted, goesOn, SINCE + 25_000).join()).toMatch(/let go of a workload for which ScaleDown/);
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

  test('a result that is left of nothing is seen, unless it tells of a deletion', () => {
    const results = [
      { name: 'shop/deployment-web', action: 'ScaledDown' },
      { name: 'shop/deployment-old', action: 'Deleted' },
      { name: 'shop/deployment-gone', action: 'None' },
    ];
    expect(resultsLeft([stopped], results)).toEqual([
      'at rest: the result shop/deployment-gone has no workload, and says None',
    ]);
  });

  test('a verdict that is not the right one is seen', () => {
    expect(look(stopped, 'Compliant')).toHaveLength(1);
  });
});

describe('between the acts', () => {
  const lateness = (workload: Workload): readonly string[] => {
    const late = new Lateness();
    const look = (atMs: number): readonly string[] =>
      late.look([workload], () => undefined, { model, audit, isProtected, atMs });
    expect([look(LATER), look(LATER + 19_000)]).toEqual([[], []]);
    return [...look(LATER + 20_000), ...look(LATER + 30_000)];
  };

  test.each<[string, () => Workload]>([
    ['a stop that is not made', () => running],
    [
      'a stop that is not ended',
      () => {
        operator(running, stopped);
        model.setFacts(BAD, clean, LATER - 5_000);
        return stopped;
      },
    ],
  ])('%s is seen, once', (_, begin) => {
    expect(lateness(begin())).toEqual([expect.stringMatching(/is late since 100.000 s/)]);
  });

  test('what is done as it is asked for is not late, nor is what somebody has put back: that waits', () => {
    expect(lateness(stopped)).toEqual([]);
    operator(running, stopped);
    audit.changed({ by: 'user', atMs: LATER, before: stopped, after: running });
    expect(lateness(running)).toEqual([]);
  });
});

describe('a rollback', () => {
  const GOOD = 's/app:0';
  const WORSE = 's/app:2';
  const good: Workload = { ...running, images: [GOOD], template: GOOD };
  const rolledBack: Workload = { ...good, rolledBack: JSON.stringify({ digests: [digestOf(BAD)] }) };
  const agreed = { ...policy, rollback: 'PreviousCompliant' } as const;

  beforeEach(() => {
    model.setFacts(GOOD, clean, 0);
    model.setPolicy(key, agreed, 0);
    audit.changed({ by: 'user', atMs: 0, before: undefined, after: good });
    audit.changed({ by: 'user', atMs: 1, before: good, after: running });
  });

  test('to what complied passes, and so does one that no more may be known than a moment ago', () => {
    model.setPolicy(key, policy, LATER - 500);
    model.setFacts(GOOD, { issues: [issues.critical], licenses: [] }, LATER - 500);
    expect(operator(running, rolledBack)).toEqual([]);
  });

  test('counts for the brake', () => {
    const brake = { sharePercent: 25, floor: 0 };
    audit = new Audit({ model, brake, isProtected, fail: (what) => problems.push(what) });
    audit.changed({ by: 'user', atMs: 0, before: undefined, after: good });
    expect(operator(running, rolledBack).join('\n')).toMatch(/brake was passed/);
  });

  const cases: readonly [string, () => readonly string[], RegExp][] = [
    [
      'to what breaks a rule, if only in its grace period',
      () => {
        model.setPolicy({ ...key, name: 'mild' }, { mode: 'Audit', license: { denied: ['MIT'], actions: {} } }, 0);
        return operator(running, rolledBack);
      },
      /does not comply/,
    ],
    [
      'to what nobody has scanned',
      () => {
        model.setFacts(WORSE, 'none', 0);
        const unscanned = { ...running, images: [WORSE], template: WORSE };
        audit.changed({ by: 'user', atMs: 2, before: running, after: unscanned });
        audit.changed({ by: 'user', atMs: 3, before: unscanned, after: running });
        return operator(running, { ...unscanned, rolledBack: rolledBack.rolledBack });
      },
      /does not comply/,
    ],
    [
      'to an image that it never ran, so that nobody can tell what its tag means',
      () => {
        const idle = { ...good, uid: 'idle', replicas: 0 };
        audit.changed({ by: 'user', atMs: 0, before: undefined, after: idle });
        return operator({ ...running, uid: 'idle' }, { ...rolledBack, uid: 'idle' });
      },
      /does not comply/,
    ],
    ['to what it never was', () => operator(running, { ...rolledBack, template: 'else' }), /never was/],
    ['without a note', () => operator(running, { ...rolledBack, rolledBack: undefined }), /without a note/],
    ['with other replicas', () => operator(running, { ...rolledBack, replicas: 1 }), /from 3 to 1 replicas/],
    ['of what is stopped', () => operator(stopped, { ...rolledBack, replicas: 0, note }), /what is stopped/],
    [
      'of what somebody brought back',
      () => operator({ ...running, rolledBack: rolledBack.rolledBack }, { ...rolledBack, rolledBack: '{}' }),
      /brought back/,
    ],
    [
      'where one who asks does not agree',
      () => {
        model.setPolicy({ ...key, name: 'floor' }, policy, 0);
        return operator(running, rolledBack);
      },
      /not all who ask agree/,
    ],
    [
      'where nobody asks',
      () => {
        model.setFacts(BAD, clean, LATER - 5_000);
        return operator(running, rolledBack);
      },
      /nobody asks/,
    ],
    [
      'that was not made, and no word why',
      () =>
        operator(running, {
          ...stopped,
          note: JSON.stringify({ attempts: 1, before: { by: 'replicas', replicas: 3 } }),
        }),
      /why it was not rolled back/,
    ],
    ['that is only noted', () => operator(running, { ...running, rolledBack: '{}' }), /a rollback that is none/],
  ];

  test.each(cases)('%s is seen', (_, broken, expected) => {
    expect(broken().join('\n')).toMatch(expected);
  });
});

describe('an approval', () => {
  const brake = { sharePercent: 25, floor: 0 };
  const braked = (): Audit => new Audit({ model, brake, isProtected, fail: (what) => problems.push(what) });
  const held = { verdict: 'Violating', action: 'Held', history: [] };
  const look = (): readonly string[] =>
    unlikeModel([running], () => held, { model, audit, brake, isProtected, atMs: LATER });

  test('has its stops not count', () => {
    model.setPolicy(key, { ...policy, isApproved: true }, 0);
    audit = braked();
    expect(operator(running, stopped)).toEqual([]);
  });

  test('that ended does not', () => {
    model.setPolicy(key, { ...policy, isApproved: true }, 0);
    model.setPolicy(key, { ...policy, isApproved: false }, LATER - 5_000);
    audit = braked();
    expect(operator(running, stopped).join('\n')).toMatch(/brake was passed/);
  });

  test('that lets nothing go is seen at rest', () => {
    expect(look()).toEqual([]);
    model.setPolicy(key, { ...policy, isApproved: true }, 0);
    expect(look()).toHaveLength(1);
  });
});

describe('a Job that a CronJob has started', () => {
  const cronJob: Workload = { ...running, kind: 'CronJob', replicas: 1 };
  const halted: Workload = { ...cronJob, replicas: 0, note: '{}' };
  const job: Workload = { ...running, uid: 'job', kind: 'Job', name: 'web-1', replicas: 1 };
  const suspended: Workload = { ...job, replicas: 0, note: '{}' };

  beforeEach(() => {
    model.setPolicy(key, { mode: 'Enforce', security: { actions: { default: 'ScaleDown' } } }, 0);
    model.seen(cronJob, true, 0);
  });

  const write = (before: Workload, after: Workload | undefined, by = halted): readonly string[] =>
    wrongWithJob({ before, after, atMs: LATER }, by, model);

  test('may be suspended with it, and stay so', () => {
    expect(write(job, suspended)).toEqual([]);
    expect(jobUnlikeModel(suspended, halted, model, LATER)).toEqual([]);
  });

  test.each<[string, () => readonly string[], RegExp]>([
    ['suspended while its CronJob goes on', () => write(job, suspended, cronJob), /whose CronJob goes on/],
    ['suspended without a note', () => write(job, { ...suspended, note: undefined }), /without a note/],
    ['suspended for an image that complies', () => write({ ...job, images: ['s/app:9'] }, suspended), /at most Ignore/],
    ['resumed though it breaks the rule', () => write(suspended, job), /at least ScaleDown/],
    ['deleted', () => write(job, undefined), /deleted a Job/],
    ['changed otherwise', () => write(job, { ...suspended, template: 'else' }), /changed more/],
    ['that runs on is seen at rest', () => jobUnlikeModel(job, halted, model, LATER), /runs, though/],
    [
      'that stays suspended for nothing is seen at rest',
      () => jobUnlikeModel({ ...suspended, images: ['s/app:9'] }, cronJob, model, LATER),
      /nothing asks for it/,
    ],
  ])('%s', (_, broken, expected) => {
    expect(broken().join('\n')).toMatch(expected);
  });
});

describe('the history', () => {
  const line = (act: string, at: string, more = {}) => ({ act, at, outcome: 'Done', workloadUid: 'u', ...more });

  test('that tells of each act passes, also where a fight is one line and a deletion was only requested', () => {
    const lines = [
      line('Deleted', '5', { outcome: 'Requested' }),
      line('Released', '4'),
      line('RolledBack', '3'),
      line('Restored', '2'),
      line('ScaledDown', '1', { times: 2 }),
    ];
    expect(unlikeActs('u', { acts: ['stop', 'stop', 'end', 'roll back'], lost: [] }, lines)).toEqual([]);
  });

  test.each<[string, [string, readonly Act[], readonly Line[]]]>([
    ['an act that it lacks', ['u', ['stop', 'end'], [line('Restored', '2')]]],
    ['one too many', ['u', ['stop'], [line('Suspended', '2'), line('Suspended', '1')]]],
    ['a deletion that it takes for requested', ['u', ['delete'], [line('Deleted', '1', { outcome: 'Requested' })]]],
    ['an act of another workload of its name', ['u', ['stop'], [line('ScaledDown', '1', { workloadUid: 'v' })]]],
  ])('%s is seen', (_, [uid, acts, lines]) => {
    expect(unlikeActs(uid, { acts, lost: [] }, lines)).toHaveLength(1);
  });

  test('that tells twice of one act is seen', () => {
    const lines = [line('ScaledDown', '1'), line('ScaledDown', '1')];
    expect(unlikeActs('u', { acts: ['stop', 'stop'], lost: [] }, lines).join()).toMatch(/tells twice of ScaledDown/);
  });

  test('is held against what was seen of the operator', () => {
    operator(running, stopped);
    expect(audit.unlikeHistories(() => [])).toHaveLength(1);
    expect(audit.unlikeHistories(() => [line('ScaledDown', '1')])).toEqual([]);
  });

  test('need not tell of what was undone before any result could be written, and of nothing more', () => {
    const said = [line('ScaledDown', '3')];
    operator(running, stopped);
    model.setFacts(BAD, clean, LATER + 1);
    operator(stopped, running, LATER + 5_000);
    model.setFacts(BAD, { issues: [issues.critical], licenses: [] }, LATER + 5_001);
    operator(running, stopped, LATER + 9_000);
    expect(audit.unlikeHistories(() => said)).toEqual([]);
    expect(audit.unlikeHistories(() => [])).toHaveLength(1);
    audit.recorded(() => true);
    expect(audit.unlikeHistories(() => [])).toHaveLength(1);
  });

  test('has to tell of what was recorded', () => {
    operator(running, stopped);
    audit.recorded(({ name }) => name === 'web');
    model.setFacts(BAD, clean, LATER + 1);
    operator(stopped, running, LATER + 5_000);
    expect(audit.unlikeHistories(() => [line('Restored', '2')]).join()).toMatch(/"stop" was done 1 times/);
  });
});
