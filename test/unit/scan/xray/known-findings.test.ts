import { expect, test } from '@jest/globals';
import { licenseNamed } from '../../../../src/scan/finding.js';
import { KnownFindings } from '../../../../src/scan/xray/known-findings.js';

const FIELDS = [
  ...['issue_id', 'severity', 'issue_type', 'cves', 'cve', 'cvss_v3'],
  ...['components', 'fixed_versions', 'applicability_details', 'result'],
];

test('what was read before is not read again, and is the same object', () => {
  const known = new KnownFindings(['name']);
  const first = known.finding({ name: 'MIT', components: ['a'] }, () => licenseNamed('MIT'));
  const again = known.finding({ components: ['b'], name: 'MIT' }, () => {
    throw new Error('it was read before');
  });
  expect(again).toBe(first);
});

test.each([
  ['severity', { issue_id: 'XRAY-1', severity: 'High' }, { issue_id: 'XRAY-1', severity: 'Low' }],
  ['fixed versions', { components: [{ fixed_versions: ['1'] }] }, { components: [{ fixed_versions: ['2'] }] }],
  ['score', { cves: [{ cve: 'CVE-1', cvss_v3: '7.5' }] }, { cves: [{ cve: 'CVE-1', cvss_v3: '9.8' }] }],
  ['applicability', { applicability_details: [{ result: 'applicable' }] }, { applicability_details: [] }],
])('another %s is another issue', (_, one, other) => {
  const known = new KnownFindings(FIELDS);
  const first = known.finding(one, () => licenseNamed('one'));
  expect(known.finding(other, () => licenseNamed('other'))).not.toBe(first);
});

test('what could not be read is read again', () => {
  const known = new KnownFindings(FIELDS);
  const raw = { issue_id: 7 };
  const read = (): never => {
    throw new Error('issue_id must be a string');
  };
  expect(() => known.finding(raw, read)).toThrow('must be a string');
  expect(() => known.finding(raw, read)).toThrow('must be a string');
});

test('that something is no finding is remembered too', () => {
  const known = new KnownFindings(FIELDS);
  let times = 0;
  const read = (): undefined => {
    times++;
    return undefined;
  };
  known.finding({ issue_type: 'license' }, read);
  expect(known.finding({ issue_type: 'license' }, read)).toBeUndefined();
  expect(times).toBe(1);
});
