import { expect, test } from '@jest/globals';
import type { ClusterXrayPolicySpec, XrayPolicySpec } from '../../../../src/api/v1alpha1/types.js';
import {
  type ObservedClusterPolicy,
  type ObservedException,
  type ObservedPolicy,
  PolicyBook,
} from '../../../../src/controllers/policies/policy-book.js';
import { WorkloadIndex } from '../../../../src/evaluate/workload-index.js';
import type { ObservedObject } from '../../../../src/observe/observed.js';
import { workloadKey } from '../../../../src/workload/workload.js';
import { aWorkload, everyRule, now } from '../../../builders/builders.js';

const KEY = workloadKey(aWorkload().ref);
const invalid = { license: { denied: ['^GPL.*$'] } };
const strict: XrayPolicySpec = { mode: 'Enforce', license: { denied: ['GPL-*'] } };

function object(namespace: string, generation: number): ObservedObject {
  const created = now.toISOString();
  const uid = `uid-${namespace}`;
  return { namespace, name: 'base', uid, resourceVersion: '1', generation, labels: {}, creationTimestamp: created };
}

const team = (generation: number, spec: XrayPolicySpec, more: object = {}): ObservedPolicy => ({
  ...object('shop', generation),
  spec,
  ...more,
});
const cluster = (generation: number, spec: Partial<ClusterXrayPolicySpec>): ObservedClusterPolicy => ({
  ...object('', generation),
  spec: { tier: 'Required', ...everyRule, ...spec },
});
const exception = (generation: number, cve: string, more: object = {}): ObservedException => ({
  ...object('shop', generation),
  spec: { workloadSelector: {}, vulnerabilities: [cve], reason: 'why', expiresAt: '2027-01-01T00:00:00Z' },
  ...more,
});

function aBook(): PolicyBook {
  const index = new WorkloadIndex();
  index.put(KEY, aWorkload());
  const book = new PolicyBook(index);
  book.putNamespace({ name: 'shop', labels: {} });
  return book;
}

const names = (book: PolicyBook): readonly string[] => book.policiesIn('shop').map(({ name }) => name);

test('a policy is compiled once for each generation, and its status brings nobody back', () => {
  const book = aBook();
  expect(book.putPolicy(team(1, strict)).workloads).toEqual(new Set([KEY]));
  const [before] = book.policiesIn('shop');
  const again = book.putPolicy(team(1, strict, { status: { observedGeneration: 1 } }));
  expect(again.workloads.size).toBe(0);
  expect(book.policiesIn('shop')[0]).toBe(before);
  expect(book.putPolicy(team(2, strict)).workloads).toEqual(new Set([KEY]));
});

test('an edit that makes no sense leaves the very form that was in force, known from the status or not', () => {
  const book = aBook();
  book.putPolicy(team(1, strict));
  const [before] = book.policiesIn('shop');
  expect(book.putPolicy(team(2, invalid)).workloads.size).toBe(0);
  expect(book.policiesIn('shop')).toEqual([before]);
  expect(book.team.get({ namespace: 'shop', name: 'base' })?.lastValid).toEqual({ generation: 1, spec: strict });

  const restarted = aBook();
  restarted.putPolicy(team(2, invalid, { status: { lastValid: { generation: 1, spec: strict } } }));
  expect(names(restarted)).toEqual(['shop/base']);
});

test('one that never made sense is not in force, and neither is the last form of a former one of its name', () => {
  const book = aBook();
  book.putPolicy(team(1, invalid));
  expect(names(book)).toEqual([]);
  book.putPolicy(team(2, strict));
  book.putPolicy(team(1, invalid, { uid: 'another' }));
  expect(names(book)).toEqual([]);
});

test('a cluster policy is in force where it covers the namespace, as labels and policies come and go', () => {
  const book = aBook();
  book.putClusterPolicy(cluster(1, { namespaceSelector: { matchLabels: { guarded: 'yes' } } }));
  expect(names(book)).toEqual([]);
  expect(book.putNamespace({ name: 'shop', labels: { guarded: 'yes' } })).toEqual(new Set([KEY]));
  expect(names(book)).toEqual(['base']);
  book.putPolicy(team(1, strict));
  expect(names(book)).toEqual(['base', 'shop/base']);
  expect(book.requiredIn('shop').map(({ name }) => name)).toEqual(['base']);
  expect(book.removeClusterPolicy(cluster(1, {})).workloads).toEqual(new Set([KEY]));
  expect(names(book)).toEqual(['shop/base']);
  expect(book.removePolicy(team(1, strict)).workloads).toEqual(new Set([KEY]));
  expect(names(book)).toEqual([]);
});

test('an exception reaches its workloads when it comes, changes and goes, and not when its status is written', () => {
  const book = aBook();
  expect(book.putException(exception(1, 'CVE-2026-0001'))).toEqual(new Set([KEY]));
  expect(book.putException(exception(1, 'CVE-2026-0001', { status: {} })).size).toBe(0);
  expect(book.putException(exception(2, 'CVE-2026-0002'))).toEqual(new Set([KEY]));
  expect(book.exceptionsIn('shop')).toHaveLength(1);
  expect(book.removeException(exception(2, ''))).toEqual(new Set([KEY]));
  expect(book.exceptionsIn('shop')).toEqual([]);
});

test('it does not know a namespace before it has seen it', () => {
  const book = aBook();
  expect([book.knows('shop'), book.knows('bank')]).toEqual([true, false]);
  book.removeNamespace({ name: 'shop' });
  expect(book.knows('shop')).toBe(false);
});
