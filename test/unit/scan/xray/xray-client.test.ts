import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { systemClock } from '@dot-kube/operator';
import { XrayClient, type XrayOptions } from '../../../../src/scan/xray/xray-client.js';
import type { XrayErrorCode } from '../../../../src/scan/xray/xray-error.js';
import { aDigest } from '../../../builders/builders.js';
import type { Faults } from '../../../xray-simulator/faults.js';
import { type Simulator, startSimulator } from '../../../xray-simulator/simulator.js';

const never = new AbortController().signal;
const issue = {
  issue_id: 'XRAY-1',
  summary: 'overflow',
  severity: 'Critical',
  cves: [{ cve: 'CVE-2026-0001', cvss_v3: '9.8/CVSS:3.1/AV:N' }],
  components: [{ component_id: 'alpine://openssl', fixed_versions: ['1.1.1l'] }],
};

let simulator: Simulator;
let client: XrayClient;

function connect(differs: Partial<XrayOptions> = {}): XrayClient {
  const options: XrayOptions = {
    url: simulator.url,
    credentials: { kind: 'accessToken', token: 'good' },
    timeoutMs: 300,
    requestsPerSecond: 1_000,
    burst: 1_000,
    concurrency: 4,
    ...differs,
  };
  return new XrayClient(options, { clock: systemClock, random: () => 0 });
}

beforeEach(async () => {
  simulator = await startSimulator({ token: 'good' });
  client = connect();
});

afterEach(async () => {
  await client.close();
  await simulator.close();
});

test('what Xray knows becomes facts, what it does not know is unscanned', async () => {
  simulator.put(aDigest('a'), { issues: [issue], licenses: ['MIT', 'Unknown'] });
  const found = await client.summaries([aDigest('a'), aDigest('b')], never);
  expect(found.get(aDigest('a'))).toMatchObject({
    vulnerabilities: [
      { id: 'XRAY-1', cves: ['CVE-2026-0001'], cvss: 9.8, severity: 'Critical', fixedVersions: ['1.1.1l'] },
    ],
    licenses: [
      { name: 'MIT', unknown: false },
      { name: 'Unknown', unknown: true },
    ],
  });
  expect([...found]).toHaveLength(2);
  expect(found.get(aDigest('b'))).toBeUndefined();
});

test('defect 7: licenses are read from their own array', async () => {
  simulator.put(aDigest('a'), { licenses: ['GPL-3.0-only'] });
  const found = await client.summaries([aDigest('a')], never);
  expect(found.get(aDigest('a'))).toMatchObject({ licenses: [{ name: 'GPL-3.0-only' }], vulnerabilities: [] });
});

test('defect 9: many digests are one request', async () => {
  await client.summaries([aDigest('a'), aDigest('b'), aDigest('c')], never);
  expect(simulator.requests.filter((one) => one.startsWith('POST'))).toHaveLength(1);
});

test('a server without version 2 of the summary is asked by version 1', async () => {
  simulator.put(aDigest('a'), { issues: [issue] });
  simulator.fail({ old: true });
  const found = await client.summaries([aDigest('a')], never);
  expect(found.get(aDigest('a'))).toMatchObject({ vulnerabilities: [{ fixedVersions: [] }] });
});

describe('one image of which Xray says what cannot be understood', () => {
  const unreadable = { ...issue, cves: Object.assign([], [null]) };

  test('keeps nobody else from an answer', async () => {
    simulator.put(aDigest('a'), { issues: [issue] });
    simulator.put(aDigest('b'), { issues: [unreadable] });
    const found = await client.summaries([aDigest('a'), aDigest('b'), aDigest('c')], never);
    expect(found.get(aDigest('a'))).toMatchObject({ vulnerabilities: [{ id: 'XRAY-1' }] });
    expect(found.get(aDigest('b'))).toMatchObject({ code: 'UnexpectedAnswer' });
    expect(found.get(aDigest('c'))).toBeUndefined();
    const [alone] = (await client.summaries([aDigest('b')], never)).values();
    expect(alone).toMatchObject({ code: 'UnexpectedAnswer' });
  });

  test('is a failure where there is no other', async () => {
    simulator.put(aDigest('b'), { issues: [unreadable] });
    await expect(client.summaries([aDigest('b')], never)).rejects.toMatchObject({ code: 'UnexpectedAnswer' });
  });
});

test('a server that is only starting, and knows neither version of it, is asked by version 2 again', async () => {
  simulator.put(aDigest('a'), { issues: [issue] });
  simulator.fail({ path: '/summary/artifact', status: 404 });
  await expect(client.summaries([aDigest('a')], never)).rejects.toMatchObject({ code: 'NotXray' });
  simulator.fail({});
  const found = await client.summaries([aDigest('a')], never);
  expect(found.get(aDigest('a'))).toMatchObject({ vulnerabilities: [{ fixedVersions: ['1.1.1l'] }] });
});

test('the version is found under the URL of the platform, too', async () => {
  expect(await client.version(never)).toBe('3.107.8');
  const platform = connect({ url: `${simulator.url}/xray` });
  expect(await platform.version(never)).toBe('3.107.8');
  await platform.close();
});

describe('trouble is an error with a code, never an answer', () => {
  const cases: Record<string, [Faults, XrayErrorCode]> = {
    'a web page': [{ status: 200, body: '<html>' }, 'NotXray'],
    'an unknown path': [{ status: 404 }, 'NotXray'],
    'credentials refused': [{ status: 401 }, 'CredentialsRefused'],
    'no permission': [{ status: 403 }, 'Forbidden'],
    'too many requests': [{ status: 429, headers: { 'retry-after': '0' } }, 'RateLimited'],
    'a server error': [{ status: 503, body: '<html>' }, 'ServerError'],
    'a redirect of a suspended tenant': [
      { status: 302, headers: { location: '/reactivate-server' } },
      'ServerInactive',
    ],
    'another redirect': [{ status: 302, headers: { location: 'https://elsewhere.example' } }, 'Redirected'],
    'another shape': [
      { path: '/summary/artifact', status: 200, body: '{"artifacts":[{"general":{}}]}' },
      'UnexpectedAnswer',
    ],
    silence: [{ delayMs: 5_000 }, 'TimedOut'],
  };

  test.each(Object.entries(cases))('%s', async (_, [faults, code]) => {
    simulator.fail(faults);
    await expect(client.summaries([aDigest('a')], never)).rejects.toMatchObject({ code });
  });

  test('a wrong shape names the field', async () => {
    simulator.fail({ path: '/summary/artifact', status: 200, body: '{"artifacts":[{"general":{}}]}' });
    await expect(client.summaries([aDigest('a')], never)).rejects.toThrow(/artifacts\.0\.general\.sha256/);
  });

  test('nobody listening', async () => {
    const nowhere = connect({ url: 'http://127.0.0.1:1' });
    await expect(nowhere.version(never)).rejects.toMatchObject({ code: 'Unreachable' });
    await nowhere.close();
  });

  const basic = { kind: 'basic', username: 'ci', password: 'very"secret' } as const;
  const pair = Buffer.from('ci:very"secret').toString('base64');
  test.each<[string, XrayOptions['credentials'], said: string, secret: string]>([
    ['a token', { kind: 'accessToken', token: 'very-secret' }, `${'x'.repeat(294)}very-secret`, 'very-s'],
    ['a password', basic, 'you sent very"secret', 'secret'],
    ['a header of basic authentication', basic, `you sent Basic ${pair}`, pair],
  ])('%s that the server repeats is not told, wherever its words are cut', async (_, credentials, said, secret) => {
    const own = connect({ credentials });
    simulator.fail({ path: '/system/version', status: 403, body: JSON.stringify({ error: said }) });
    const error: unknown = await own.version(never).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'Forbidden' });
    expect(String(error)).not.toContain(secret);
    await own.close();
  });

  test('defect 1: an error is not forgotten but told, and holds no secret', async () => {
    const wrong = connect({ credentials: { kind: 'accessToken', token: 'very-secret' } });
    const error: unknown = await wrong.version(never).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'CredentialsRefused' });
    expect(JSON.stringify(error) + String(error)).not.toContain('very-secret');
    await wrong.close();
  });
});
