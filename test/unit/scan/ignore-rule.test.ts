import { describe, expect, test } from '@jest/globals';
import { licenseNamed } from '../../../src/scan/finding.js';
import { type IgnoreRule, nextExpiry, withoutIgnored } from '../../../src/scan/ignore-rule.js';
import { IgnoreRuleDto } from '../../../src/scan/xray/answers.dto.js';
import { ignoreRule } from '../../../src/scan/xray/ignore-rules.js';
import { parseShape } from '../../../src/shape/parse-shape.js';
import { after, aVulnerability, now } from '../../builders/builders.js';

const facts = {
  vulnerabilities: [
    aVulnerability({ id: 'XRAY-1', cves: ['CVE-2021-3711'] }),
    aVulnerability({ id: 'XRAY-2', cves: [] }),
  ],
  licenses: ['MIT', 'GPL-3.0-only'].map(licenseNamed),
  paths: ['default/docker-local/shop/cart/2.4.1'],
};

function written(filters: object, differs: object = {}): IgnoreRule | undefined {
  const parsed = parseShape(IgnoreRuleDto, { id: 'r1', ignore_filters: filters, ...differs });
  if (!parsed.ok) throw new Error(parsed.problem);
  return ignoreRule(parsed.value);
}

function left(...rules: readonly (IgnoreRule | undefined)[]): readonly string[] {
  const { vulnerabilities, licenses } = withoutIgnored(
    facts,
    rules.filter((rule) => rule !== undefined),
    now,
  );
  return [...vulnerabilities.map(({ id }) => id), ...licenses.map(({ name }) => name)];
}

const all = ['XRAY-1', 'XRAY-2', 'MIT', 'GPL-3.0-only'];

describe('a rule excuses', () => {
  test.each<[object, readonly string[]]>([
    [{ cves: ['CVE-2021-3711'] }, ['XRAY-1']],
    [{ cves: ['cve-2021-3711'] }, ['XRAY-1']],
    [{ vulnerabilities: ['XRAY-2'] }, ['XRAY-2']],
    [{ vulnerabilities: ['any'] }, ['XRAY-1', 'XRAY-2']],
    [{ licenses: ['GPL-3.0-only'] }, ['GPL-3.0-only']],
    [{ licenses: ['Any'], artifacts: [{ name: 'shop/cart' }] }, ['MIT', 'GPL-3.0-only']],
    [{ cves: ['CVE-2021-3711'], artifacts: [{ name: 'shop/cart', version: '2.4.1' }] }, ['XRAY-1']],
    [{ cves: ['CVE-2021-3711'], artifacts: [{ name: 'docker://shop/cart' }] }, ['XRAY-1']],
    [
      { cves: ['CVE-2021-3711'], artifacts: [{ name: 'shop/cart', path: 'docker-local/shop/cart/2.4.1/' }] },
      ['XRAY-1'],
    ],
    [{ cves: ['CVE-2021-3711'], artifacts: [{ name: 'shop/cart', path: 'docker-local/' }] }, ['XRAY-1']],
  ])('%j: %j', (filters, excused) => {
    expect(left(written(filters))).toEqual(all.filter((name) => !excused.includes(name)));
  });
});

describe('a rule excuses nothing', () => {
  test.each<[string, object, object]>([
    ['of another image', { cves: ['CVE-2021-3711'], artifacts: [{ name: 'shop/pay' }] }, {}],
    ['of another version', { cves: ['CVE-2021-3711'], artifacts: [{ name: 'shop/cart', version: '2.4.2' }] }, {}],
    ['elsewhere', { cves: ['CVE-2021-3711'], artifacts: [{ name: 'shop/cart', path: 'docker-prod/' }] }, {}],
    [
      'in a folder whose name begins alike',
      { cves: ['CVE-2021-3711'], artifacts: [{ name: 'shop/cart', path: 'docker-loc' }] },
      {},
    ],
    ['that it does not name', { cves: ['CVE-2021-0000'] }, {}],
    ['without a name', { artifacts: [{ name: 'shop/cart' }] }, {}],
    ['once it has expired', { cves: ['CVE-2021-3711'] }, { expires_at: after(-1).toISOString() }],
    ['once Xray says so', { cves: ['CVE-2021-3711'] }, { is_expired: true }],
    ['when its end cannot be read', { cves: ['CVE-2021-3711'] }, { expires_at: 'soon' }],
    ['beyond a watch that limits it', { cves: ['CVE-2021-3711'], watches: ['prod'] }, {}],
    ['beyond a component that limits it', { cves: ['CVE-2021-3711'], components: [{ name: 'deb://openssl' }] }, {}],
    ['beyond a filter that is new', { cves: ['CVE-2021-3711'], moons: ['full'] }, {}],
  ])('%s', (_, filters, differs) => {
    expect(left(written(filters, differs))).toEqual(all);
  });
});

test('what is excused is listed with the last end of the rules that excuse it', () => {
  const rules = [1_000, 5_000, 3_000].flatMap(
    (ms) => written({ cves: ['CVE-2021-3711'] }, { expires_at: after(ms).toISOString() }) ?? [],
  );
  expect(withoutIgnored(facts, rules, now).ignored).toEqual([{ id: 'CVE-2021-3711', until: after(5_000) }]);
  expect(nextExpiry(rules, now)).toEqual(after(1_000));
  expect(nextExpiry([], now)).toBeUndefined();
});

test('facts that no rule touches are the same facts', () => {
  expect(withoutIgnored(facts, [], now)).toBe(facts);
});
