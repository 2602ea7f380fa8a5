// Valid defaults for tests; each test names the one thing that differs.
import { compileException, type Exception } from '../../src/evaluate/exception.js';
import { WORKLOAD_KINDS } from '../../src/api/workload-kinds.js';
import type { Memory } from '../../src/evaluate/judged-image.js';
import { compileClusterPolicy, type Compiled, compilePolicy, type Policy } from '../../src/evaluate/policy.js';
import type { Violation } from '../../src/evaluate/violation.js';
import type { ClusterXrayPolicySpec, XrayExceptionSpec, XrayPolicySpec } from '../../src/api/v1alpha1/types.js';
import type { ObservedObject, ObservedOwner, ObservedPod, ObservedTarget } from '../../src/observe/observed.js';
import { licenseNamed, type Vulnerability } from '../../src/scan/finding.js';
import type { Knowledge } from '../../src/scan/knowledge.js';
import type { RaisedViolation } from '../../src/scan/xray/violation.js';
import { type Digest, parseDigest } from '../../src/workload/digest.js';
import type { Workload } from '../../src/workload/workload.js';

export const now = new Date('2026-03-01T12:00:00Z');

export function after(ms: number): Date {
  return new Date(now.getTime() + ms);
}

/** `aDigest('a')` is sixty-four a's. */
export function aDigest(hexDigit = 'a'): Digest {
  const parsed = parseDigest(`sha256:${hexDigit.repeat(64)}`);
  if (!parsed.ok) throw new Error(parsed.why);
  return parsed.digest;
}

const anObject: ObservedObject = {
  namespace: 'shop',
  name: 'web',
  uid: 'uid-web',
  resourceVersion: '10',
  generation: 1,
  labels: {},
  creationTimestamp: now.toISOString(),
};

export function aTarget(differs: Partial<ObservedTarget> = {}): ObservedTarget {
  return {
    ...anObject,
    kind: 'Deployment',
    coordinates: WORKLOAD_KINDS.Deployment,
    stop: { by: 'replicas', replicas: 3 },
    observedGeneration: 1,
    revision: '1',
    templateLabels: { app: 'web' },
    templateContainers: [{ name: 'web', kind: 'Container', image: 'shop/web:1' }],
    claimsDeletedWhenScaled: false,
    claimsDeletedWhenDeleted: false,
    ...differs,
  };
}

export function aPod(differs: Partial<ObservedPod> = {}): ObservedPod {
  return {
    ...anObject,
    name: 'web-1-a',
    uid: 'uid-pod',
    finished: false,
    owner: { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'web-1', uid: 'uid-rs-1' },
    containers: [{ name: 'web', kind: 'Container', image: 'shop/web:1', imageId: `shop/web@${aDigest()}` }],
    ...differs,
  };
}

export function aReplicaSet(differs: Partial<ObservedOwner> = {}): ObservedOwner {
  return {
    ...anObject,
    name: 'web-1',
    uid: 'uid-rs-1',
    revision: '1',
    owner: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web', uid: 'uid-web' },
    ...differs,
  };
}

export function aWorkload(differs: Partial<Workload> = {}): Workload {
  return {
    ref: { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'shop', name: 'web', uid: 'uid-web' },
    labels: { app: 'web' },
    images: [
      {
        reference: 'shop/web:1',
        digest: aDigest(),
        containers: [{ name: 'web', kind: 'Container' }],
        revision: 'Current',
      },
    ],
    nodes: ['node-1'],
    puller: { namespace: 'shop', pullSecrets: [], serviceAccount: '' },
    pods: 3,
    startedJobs: [],
    target: aTarget(),
    ...differs,
  };
}

export function aVulnerability(differs: Partial<Vulnerability> = {}): Vulnerability {
  return { ...aVulnerabilityWithoutScore(), cvss: 9.8, ...differs };
}

export function aVulnerabilityWithoutScore(): Vulnerability {
  return {
    id: 'XRAY-1',
    cves: ['CVE-2026-0001'],
    severity: 'Critical',
    summary: 'a buffer overflows',
    fixedVersions: ['1.2.3'],
    applicability: 'Undetermined',
    malicious: false,
  };
}

export function aViolation(differs: Partial<Violation> = {}): Violation {
  return {
    condition: 'Security',
    id: 'CVE-2026-0001',
    severity: 'Critical',
    summary: 'a buffer overflows',
    fixedVersions: [],
    field: 'spec.security.minSeverity',
    reason: 'SeverityReached',
    policyKind: 'XrayPolicy',
    policy: 'shop/base',
    mode: 'Enforce',
    refusedWaivers: [],
    image: 'shop/web:1',
    digest: aDigest(),
    asks: 'ScaleDown',
    allowsDataLoss: false,
    rollsBack: false,
    firstSeen: now,
    dueAt: now,
    ...differs,
  };
}

/** That nobody raised before, of an image at `paths`. */
export function aRaisedViolation(differs: Partial<RaisedViolation> = {}): RaisedViolation {
  return {
    key: 'violation-1',
    created: now,
    paths: [],
    finding: { kind: 'vulnerability', id: 'XRAY-1' },
    isIgnored: false,
    ...differs,
  };
}

export function scanned(
  vulnerabilities: readonly Vulnerability[] = [],
  licenses: readonly string[] = [],
): Extract<Knowledge, { state: 'scanned' }> {
  return {
    state: 'scanned',
    at: now,
    facts: {
      vulnerabilities,
      licenses: licenses.map(licenseNamed),
      paths: [],
    },
  };
}

const stops = { deployments: 'ScaleDown', statefulSets: 'ScaleDown' } as const;

export const everyRule = {
  unscanned: { gracePeriod: '15m', actions: stops },
  security: { minSeverity: 'High', actions: stops },
  license: { denied: ['AGPL-3.0-*'], actions: stops },
} as const satisfies XrayPolicySpec;

/** Of namespace shop. Enforces every condition with ScaleDown unless told otherwise. @throws Error for an invalid spec */
export function aPolicy(spec: XrayPolicySpec = { mode: 'Enforce', ...everyRule }, name = 'base'): Policy {
  return compiled(compilePolicy({ namespace: 'shop', name }, spec));
}

/** Required of every namespace unless told otherwise. @throws Error for an invalid spec */
export function aClusterPolicy(
  spec: Partial<ClusterXrayPolicySpec> = { mode: 'Enforce', ...everyRule },
  name = 'floor',
): Policy {
  return compiled(compileClusterPolicy({ name }, { tier: 'Required', ...spec }));
}

function compiled(result: Compiled): Policy {
  if (!result.ok) throw new Error(`the policy of the test is invalid: ${result.message}`);
  return result.policy;
}

/** Of namespace shop, created now, for everything in it, for an hour; waives CVE-2026-0001 unless told otherwise. */
export function anException(
  spec: Partial<XrayExceptionSpec> = {},
  { namespace = 'shop', name = 'waiver', created = now } = {},
): Exception {
  const key = { namespace, name, creationTimestamp: created.toISOString() };
  const namesSomething = spec.vulnerabilities ?? spec.licenses ?? spec.unscanned;
  const result = compileException(key, {
    workloadSelector: {},
    reason: 'of the test',
    expiresAt: after(3_600_000).toISOString(),
    ...(namesSomething === undefined ? { vulnerabilities: ['CVE-2026-0001'] } : {}),
    ...spec,
  });
  if (!result.ok) throw new Error(`the exception of the test is invalid: ${result.message}`);
  return result.exception;
}

export const noMemory: Memory = { imageFirstSeen: () => undefined, violationFirstSeen: () => undefined };
