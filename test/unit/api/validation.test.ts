import { describe, expect, test } from '@jest/globals';
import { plainToInstance } from 'class-transformer';
import { validateSync, type ValidationError } from 'class-validator';
import { ClusterXrayPolicy } from '../../../src/api/v1alpha1/cluster-xray-policy.js';
import { XrayConnection } from '../../../src/api/v1alpha1/xray-connection.js';
import { XrayException } from '../../../src/api/v1alpha1/xray-exception.js';
import { XrayPolicy } from '../../../src/api/v1alpha1/xray-policy.js';
import { XrayScanResult } from '../../../src/api/v1alpha1/xray-scan-result.js';

type Kind = new () => object;

/** The paths of the fields that class-validator refuses; the CEL rules are the API server's alone. */
function refused(kind: Kind, plain: object): string[] {
  const strict = { whitelist: true, forbidNonWhitelisted: true };
  return validateSync(plainToInstance(kind, plain), strict).flatMap((error) => pathsOf(error, ''));
}

function pathsOf({ property, children = [] }: ValidationError, above: string): string[] {
  const path = `${above}${above === '' ? '' : '.'}${property}`;
  return children.length === 0 ? [path] : children.flatMap((child) => pathsOf(child, path));
}

const connection = { url: 'https://acme.jfrog.io', credentialsSecretRef: { name: 'xray' } };
const exception = { images: ['shop/*'], licenses: ['MIT'], reason: 'why', expiresAt: '2027-01-31T00:00:00Z' };
const workloadRef = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web', uid: '1' };

describe('accepted', () => {
  test.each<[string, Kind, object]>([
    ['a connection with what is required', XrayConnection, connection],
    ['a connection with everything', XrayConnection, { ...connection, timeout: '1h30m', rateLimit: { burst: 1 } }],
    ['a policy with an empty rule', XrayPolicy, { security: {} }],
    ['a score with decimals', XrayPolicy, { security: { minCvssScore: 7.5 } }],
    ['ids of both kinds', XrayPolicy, { security: { ignoredVulnerabilities: ['CVE-2021-44228', 'XRAY-94543'] } }],
    ['labels', XrayPolicy, { workloadSelector: { matchLabels: { app: 'web' } }, unscanned: {} }],
    ['a floor', ClusterXrayPolicy, { tier: 'Required', security: {} }],
    ['an exception', XrayException, exception],
    ['a result', XrayScanResult, { workloadRef }],
  ])('%s', (_, kind, spec) => {
    expect(refused(kind, { spec })).toEqual([]);
  });
});

describe('refused', () => {
  test.each<[string, Kind, object]>([
    ['spec.url', XrayConnection, { ...connection, url: undefined }],
    ['spec.credentialsSecretRef', XrayConnection, { ...connection, credentialsSecretRef: undefined }],
    ['spec.credentialsSecretRef.name', XrayConnection, { ...connection, credentialsSecretRef: { name: 'A_b' } }],
    ['spec.caBundle', XrayConnection, { ...connection, caBundle: 'no PEM' }],
    ['spec.timeout', XrayConnection, { ...connection, timeout: '1.5h' }],
    ['spec.batchSize', XrayConnection, { ...connection, batchSize: 101 }],
    ['spec.rateLimit.burst', XrayConnection, { ...connection, rateLimit: { burst: 0 } }],
    ['spec.rateLimt', XrayConnection, { ...connection, rateLimt: {} }],
    ['spec.mode', XrayPolicy, { mode: 'enforce' }],
    ['spec.security.minSeverity', XrayPolicy, { security: { minSeverity: 'Info' } }],
    ['spec.security.ignoredVulnerabilities', XrayPolicy, { security: { ignoredVulnerabilities: ['GHSA-1'] } }],
    ['spec.security.actions.cronjobs', XrayPolicy, { security: { actions: { cronjobs: 'Delete' } } }],
    ['spec.security.actions.pods', XrayPolicy, { security: { actions: { pods: 'ScaleDown' } } }],
    ['spec.license.denied', XrayPolicy, { license: { denied: [] } }],
    ['spec.unscanned.exemptImages', XrayPolicy, { unscanned: { exemptImages: ['a b'] } }],
    ['spec.workloadSelector.matchLabels', XrayPolicy, { workloadSelector: { matchLabels: { app: 1 } } }],
    ['spec.tier', ClusterXrayPolicy, { security: {} }],
    ['spec.tier', ClusterXrayPolicy, { tier: 'Floor', security: {} }],
    ['spec.exceptions', ClusterXrayPolicy, { tier: 'Default', exceptions: 'Never' }],
    ['spec.maxExceptionDuration', ClusterXrayPolicy, { tier: 'Default', maxExceptionDuration: 'a week' }],
    ['spec.reason', XrayException, { ...exception, reason: ' ' }],
    ['spec.reason', XrayException, { ...exception, reason: undefined }],
    ['spec.expiresAt', XrayException, { ...exception, expiresAt: 'tomorrow' }],
    ['spec.expiresAt', XrayException, { ...exception, expiresAt: undefined }],
    ['spec.licenses', XrayException, { ...exception, licenses: ['GPL-*'] }],
    ['spec.vulnerabilities', XrayException, { ...exception, vulnerabilities: [] }],
    ['spec.workloads', XrayException, { ...exception, workloads: [] }],
    ['spec.workloadRef.uid', XrayScanResult, { workloadRef: { ...workloadRef, uid: '' } }],
  ])('%s', (path, kind, spec) => {
    expect(refused(kind, { spec })).toEqual([path]);
  });
});
