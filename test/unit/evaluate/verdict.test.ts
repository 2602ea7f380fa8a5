import { describe, expect, test } from '@jest/globals';
import type { Action, XrayPolicySpec } from '../../../src/api/v1alpha1/types.js';
import type { Policy } from '../../../src/evaluate/policy.js';
import { evaluate, type Judgement, type Memory, type Verdict } from '../../../src/evaluate/verdict.js';
import type { Knowledge } from '../../../src/scan/knowledge.js';
import type { Workload } from '../../../src/workload/workload.js';
import {
  aDigest,
  after,
  aPolicy,
  aTarget,
  aVulnerability,
  aVulnerabilityWithoutScore,
  aWorkload,
  everyRule,
  noMemory,
  now,
  scanned,
} from '../../builders/builders.js';

interface Given {
  readonly workload?: Workload;
  readonly knowledge?: Knowledge;
  readonly policies?: readonly Policy[];
  readonly memory?: Memory;
}

function judge({
  workload = aWorkload(),
  knowledge = scanned(),
  policies = [aPolicy()],
  memory = noMemory,
}: Given): Judgement {
  return evaluate({ workload, knowledgeOf: () => knowledge, policies, exceptions: [], memory, now });
}

const unscanned: Knowledge = { state: 'unscanned', at: now };
const unavailable: Knowledge = { state: 'unavailable', why: 'HTTP 503' };
const seenLongAgo: Memory = { ...noMemory, imageFirstSeen: () => after(-3_600_000) };
const enforce = (spec: Omit<XrayPolicySpec, 'mode'>): Policy => aPolicy({ mode: 'Enforce', ...spec });
const stop = { deployments: 'ScaleDown' } as const;
const withoutScore = aVulnerabilityWithoutScore();

describe('the verdict', () => {
  const cases: Record<string, Given & { readonly want: [Verdict, Action] }> = {
    'a clean image complies': { want: ['Compliant', 'Ignore'] },
    'a severe vulnerability violates': { knowledge: scanned([aVulnerability()]), want: ['Violating', 'ScaleDown'] },
    'a vulnerability below the threshold does not count': {
      knowledge: scanned([aVulnerability({ severity: 'Medium' })]),
      want: ['Compliant', 'Ignore'],
    },
    'a score below minCvssScore does not count': {
      knowledge: scanned([aVulnerability({ cvss: 6.9 })]),
      policies: [enforce({ security: { minSeverity: 'Low', minCvssScore: 7, actions: stop } })],
      want: ['Compliant', 'Ignore'],
    },
    'a missing score excuses nothing': {
      knowledge: scanned([withoutScore]),
      policies: [enforce({ security: { minSeverity: 'Low', minCvssScore: 7, actions: stop } })],
      want: ['Violating', 'ScaleDown'],
    },
    'without a fix it does not count under onlyFixable': {
      knowledge: scanned([aVulnerability({ fixedVersions: [] })]),
      policies: [enforce({ security: { onlyFixable: true, actions: stop } })],
      want: ['Compliant', 'Ignore'],
    },
    'what contextual analysis rules out does not count under onlyApplicable': {
      knowledge: scanned([aVulnerability({ applicability: 'NotApplicable' })]),
      policies: [enforce({ security: { onlyApplicable: true, actions: stop } })],
      want: ['Compliant', 'Ignore'],
    },
    'an undetermined one counts under onlyApplicable': {
      knowledge: scanned([aVulnerability()]),
      policies: [enforce({ security: { onlyApplicable: true, actions: stop } })],
      want: ['Violating', 'ScaleDown'],
    },
    'an ignored CVE does not count': {
      knowledge: scanned([aVulnerability()]),
      policies: [enforce({ security: { ignoredVulnerabilities: ['CVE-2026-0001'], actions: stop } })],
      want: ['Compliant', 'Ignore'],
    },
    'a malicious package counts whatever is ignored': {
      knowledge: scanned([aVulnerability({ malicious: true, severity: 'Low' })]),
      policies: [
        enforce({ security: { ignoredVulnerabilities: ['CVE-2026-0001'], onlyFixable: true, actions: stop } }),
      ],
      want: ['Violating', 'ScaleDown'],
    },
    'a denied license violates': { knowledge: scanned([], ['AGPL-3.0-only']), want: ['Violating', 'ScaleDown'] },
    'a license that is not among those allowed violates': {
      knowledge: scanned([], ['MIT', 'GPL-2.0-only']),
      policies: [enforce({ license: { allowed: ['MIT', 'Apache-*'], actions: stop } })],
      want: ['Violating', 'ScaleDown'],
    },
    'an unknown license is allowed by default': {
      knowledge: scanned([], ['Unknown']),
      policies: [enforce({ license: { allowed: ['MIT'], actions: stop } })],
      want: ['Compliant', 'Ignore'],
    },
    'an unknown license is denied where the policy says so': {
      knowledge: scanned([], ['Unknown']),
      policies: [enforce({ license: { unknown: 'Deny', actions: stop } })],
      want: ['Violating', 'ScaleDown'],
    },
    'an unscanned image waits for its grace period': { knowledge: unscanned, want: ['Pending', 'Ignore'] },
    'after the grace period it is unscanned': {
      knowledge: unscanned,
      memory: seenLongAgo,
      want: ['Unscanned', 'ScaleDown'],
    },
    'an exempt image may stay unscanned': {
      knowledge: unscanned,
      memory: seenLongAgo,
      policies: [enforce({ unscanned: { exemptImages: ['shop/*'], actions: stop } })],
      want: ['Compliant', 'Ignore'],
    },
    'an unscanned image that no policy covers is shown as such': {
      knowledge: unscanned,
      policies: [enforce({ security: everyRule.security })],
      want: ['Unscanned', 'Ignore'],
    },
    'a failure of Xray is no violation': { knowledge: unavailable, memory: seenLongAgo, want: ['Unknown', 'Ignore'] },
    'no policy, no violation': { knowledge: scanned([aVulnerability()]), policies: [], want: ['Compliant', 'Ignore'] },
    'a policy that selects other labels does not apply': {
      knowledge: scanned([aVulnerability()]),
      policies: [enforce({ workloadSelector: { matchLabels: { app: 'other' } }, ...everyRule })],
      want: ['Compliant', 'Ignore'],
    },
    'audit asks for nothing': {
      knowledge: scanned([aVulnerability()]),
      policies: [aPolicy({ mode: 'Audit', ...everyRule })],
      want: ['Violating', 'Ignore'],
    },
    'the strictest action wins': {
      knowledge: scanned([aVulnerability()]),
      policies: [aPolicy(), enforce({ security: { actions: { deployments: 'Delete' } } })],
      want: ['Violating', 'Delete'],
    },
    'a kind that is not acted on is only reported': {
      workload: aWorkload({ ref: { ...aWorkload().ref, kind: 'DaemonSet' } }),
      knowledge: scanned([aVulnerability()]),
      want: ['Violating', 'Ignore'],
    },
  };

  test.each(Object.entries(cases))('%s', (_, { want, ...given }) => {
    const { verdict, demand } = judge(given);
    expect([verdict, demand]).toEqual(want);
  });
});

test('grace ends exactly at its end, and the judgement says when', () => {
  const policies = [enforce({ security: { gracePeriod: '1h', actions: stop } })];
  const knowledge = scanned([aVulnerability()]);
  const seenAt = (firstSeen: Date): Judgement =>
    judge({ knowledge, policies, memory: { ...noMemory, violationFirstSeen: () => firstSeen } });

  expect(seenAt(after(-3_599_999))).toMatchObject({ demand: 'Ignore', nextAt: after(1) });
  expect(seenAt(after(-3_600_000))).toMatchObject({ demand: 'ScaleDown' });
});

test('violating pods of an older revision are reported and demand nothing', () => {
  const [image] = aWorkload().images;
  const images = image === undefined ? [] : [{ ...image, revision: 'Previous' as const }];
  const judgement = judge({ workload: aWorkload({ images }), knowledge: scanned([aVulnerability()]) });
  expect(judgement).toMatchObject({ verdict: 'Compliant', demand: 'Ignore', violations: [] });
  expect(judgement.leftovers).toHaveLength(1);
});

test('not knowing is undecided only where an enforcing policy could stop the workload', () => {
  expect(judge({ knowledge: unavailable }).undecided).toBe(true);
  expect(judge({ knowledge: unavailable, policies: [] }).undecided).toBe(false);
  expect(judge({ knowledge: unavailable, policies: [aPolicy({ mode: 'Audit', ...everyRule })] }).undecided).toBe(false);
});

test('facts that a result remembers decide nothing before Xray has been asked: what they lack may break a rule', () => {
  const remembered = { state: 'scanned', facts: { vulnerabilities: [], licenses: [], paths: [] }, at: now } as const;
  expect(judge({ knowledge: { ...remembered, remembered: true, unconfirmed: true } }).undecided).toBe(true);
  expect(judge({ knowledge: { ...remembered, remembered: true } }).undecided).toBe(false);
});

test('an image without a digest leaves it undecided only while it is about to run', () => {
  const images = [{ reference: 'shop/web:2', containers: [], revision: 'Current' as const }];
  const undecidedAt = (replicas: number): boolean =>
    judge({ workload: aWorkload({ images, target: aTarget({ stop: { by: 'replicas', replicas } }) }) }).undecided;
  expect(undecidedAt(2)).toBe(true);
  expect(undecidedAt(0)).toBe(false);
});

test('an image without a digest is pending, and is not asked about', () => {
  const images = [{ reference: 'shop/web:2', containers: [], revision: 'Current' as const }];
  const judgement = evaluate({
    workload: aWorkload({ images }),
    knowledgeOf: () => {
      throw new Error(`asked, though no digest is known; ${aDigest()}`);
    },
    policies: [aPolicy()],
    exceptions: [],
    memory: noMemory,
    now,
  });
  expect(judgement).toMatchObject({ verdict: 'Pending' });
});

describe('a rule that goes by what Xray raised', () => {
  const knowledge = scanned([aVulnerability()]);
  const unclear = { ...knowledge, facts: { ...knowledge.facts, raised: { known: false, why: 'HTTP 403' } } } as const;
  const byRaised = (action: Action): Policy =>
    enforce({ security: { source: 'Violations', actions: { deployments: action } } });

  test('leaves what stands as it is while that is not known, and says why', () => {
    const judgement = judge({ knowledge: unclear, policies: [byRaised('ScaleDown')] });
    expect(judgement).toMatchObject({ verdict: 'Unknown', demand: 'Ignore', undecided: true, open: ['HTTP 403'] });
  });

  describe('that was told for the last time', () => {
    const untold = { why: 'HTTP 403', vulnerabilities: ['XRAY-2'], licenses: ['MIT'] };
    const toldOf = (ids: readonly string[], raised: readonly string[] = []): Knowledge => {
      const told = scanned(ids.map((id) => aVulnerability({ id })));
      return {
        ...told,
        facts: { ...told.facts, raised: { known: true, vulnerabilities: raised, licenses: [], untold } },
      };
    };
    const policies = [byRaised('ScaleDown')];

    test('is not known of what was found since', () => {
      const judgement = judge({ knowledge: toldOf(['XRAY-1', 'XRAY-2']), policies });
      expect(judgement).toMatchObject({ verdict: 'Unknown', demand: 'Ignore', undecided: true, open: ['HTTP 403'] });
    });

    test('decides of what was found before', () => {
      expect(judge({ knowledge: toldOf(['XRAY-1']), policies })).toMatchObject({
        verdict: 'Compliant',
        undecided: false,
      });
      const both = judge({ knowledge: toldOf(['XRAY-1', 'XRAY-2'], ['XRAY-1']), policies });
      expect(both).toMatchObject({ verdict: 'Violating', demand: 'ScaleDown' });
    });
  });

  test('holds nothing where it could stop nothing', () => {
    expect(judge({ knowledge: unclear, policies: [byRaised('Ignore')] })).toMatchObject({ undecided: false });
  });

  test('is no reason to spare what another rule forbids', () => {
    const policies = [byRaised('Delete'), enforce({ security: { actions: stop } })];
    expect(judge({ knowledge: unclear, policies })).toMatchObject({ verdict: 'Violating', demand: 'ScaleDown' });
  });
});

describe('a scan that Xray has forgotten', () => {
  const DAY = 86_400_000;
  const knowledge: Knowledge = { ...scanned(), at: after(-DAY), stale: 'forgotten', isForgotten: true };
  const policies = [enforce({ unscanned: { maxScanAge: '2d', gracePeriod: '0s', actions: stop } })];

  test('is looked at again at the moment it becomes too old', () => {
    expect(judge({ knowledge, policies })).toMatchObject({ verdict: 'Compliant', nextAt: after(DAY) });
  });

  test('is not while Xray knows the image, nor where it is exempt', () => {
    expect(judge({ knowledge: { ...scanned(), at: after(-DAY) }, policies }).nextAt).toBeUndefined();
    const exempt = [enforce({ unscanned: { maxScanAge: '2d', exemptImages: ['*'], actions: stop } })];
    expect(judge({ knowledge, policies: exempt }).nextAt).toBeUndefined();
  });
});
