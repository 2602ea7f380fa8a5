// Each call of the client against the simulated Xray, in the ways that are not certain, too.
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { type Clock, systemClock } from '@dot-kube/operator';
import { FakeClock } from '@dot-kube/operator/testing';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { setImmediate as turn } from 'node:timers/promises';
import { likelyPlaces } from '../../../../src/scan/artifact-path.js';
import type { KubeMetadata } from '../../../../src/scan/xray/kube-metadata.js';
import { XrayClient } from '../../../../src/scan/xray/xray-client.js';
import { XrayError } from '../../../../src/scan/xray/xray-error.js';
import { parseDigest } from '../../../../src/workload/digest.js';
import { aDigest } from '../../../builders/builders.js';
import type { ScanStep } from '../../../xray-simulator/catalog.js';
import { plantSeed } from '../../../xray-simulator/seed.js';
import { type Simulator, startSimulator } from '../../../xray-simulator/simulator.js';

const never = new AbortController().signal;
const MINUTE = 60_000;
const digest = aDigest('a');
const places = likelyPlaces(['acme.example/docker-local/shop/cart:1']);
const path = 'default/docker-local/shop/cart/1/';

let clock: FakeClock;
let xray: Simulator;
let client: XrayClient;

function connect(url: string, itsClock: Clock = clock): XrayClient {
  const limits = { timeoutMs: 5_000, requestsPerSecond: 1_000, burst: 1_000, concurrency: 4 };
  return new XrayClient(
    { url, credentials: { kind: 'accessToken', token: 'good' }, ...limits },
    { clock: itsClock, random: () => 0 },
  );
}

beforeEach(async () => {
  clock = new FakeClock();
  xray = await startSimulator({ token: 'good', nowMs: () => clock.now().getTime() });
  client = connect(xray.url);
});

afterEach(async () => {
  await client.close();
  await xray.close();
});

describe('how far a scan is', () => {
  const scan: ScanStep[] = [
    { status: 'NOT_SCANNED', forMs: MINUTE },
    { status: 'PENDING', forMs: MINUTE },
    { status: 'SCANNING', forMs: MINUTE },
    { status: 'PARTIAL', forMs: MINUTE },
    { status: 'DONE', forMs: 0 },
  ];

  async function over(minutes: number): Promise<readonly unknown[]> {
    const seen: unknown[] = [];
    for (let minute = 0; minute < minutes; minute++) {
      const facts = (await client.summaries([digest], never)).get(digest);
      seen.push([await client.scanStatus(digest, places, never), facts !== undefined]);
      clock.advance(MINUTE);
    }
    return seen;
  }

  test('is told by artifact/status', async () => {
    xray.put(digest, { path, scan });
    expect(await over(5)).toEqual([
      ['Queued', false], // not begun, and yet a component with this checksum is there
      ['Queued', false],
      ['Scanning', false],
      ['Partial', true],
      ['Done', true],
    ]);
  });

  test('is told by scan/status on an older server', async () => {
    xray.fail({ version: '3.50.1' });
    xray.put(digest, { path, scan });
    const seen = await over(5);
    expect(seen.slice(2)).toEqual([
      ['Scanning', false],
      ['Done', true],
      ['Done', true],
    ]);
    expect(xray.requests.some((one) => one.endsWith('/artifact/status'))).toBe(false);
  });

  test('is told by the checksum alone on a very old one', async () => {
    xray.fail({ version: '3.20.0' });
    xray.put(digest, { path, scan: [{ status: 'PENDING', forMs: MINUTE }] });
    expect(await client.scanStatus(digest, places, never)).toBe('Queued');
    expect(await client.scanStatus(aDigest('b'), places, never)).toBe('NeverSeen');
  });

  test.each([
    ['FAILED', 'Failed'],
    ['NOT_SUPPORTED', 'NotSupported'],
  ] as const)('%s is %s', async (status, told) => {
    xray.put(digest, { path, scan: [{ status, forMs: MINUTE }] });
    expect(await client.scanStatus(digest, places, never)).toBe(told);
  });

  test('of what was never seen is "never seen"', async () => {
    expect(await client.scanStatus(digest, places, never)).toBe('NeverSeen');
  });
});

test('violations come in pages, each of them once, the oldest first', async () => {
  for (let at = 0; at < 230; at++) {
    xray.addIssue(digest, { issue_id: `XRAY-${at}`, summary: 'overflow', severity: 'High' });
    clock.advance(1_000);
  }
  const createdFrom = new Date(clock.now().getTime() - 3_600_000);
  const pages = await Promise.all(
    [1, 2, 3, 4].map(async (page) => client.violations({ createdFrom, page, pageSize: 100 }, never)),
  );
  expect(pages.map(({ length }) => length)).toEqual([100, 100, 30, 0]);
  expect(new Set(pages.flat().map(({ key }) => key)).size).toBe(230);
  const late = await client.violations({ createdFrom: clock.now(), page: 1, pageSize: 100 }, never);
  expect(late).toEqual([]);
});

test('an image in several repositories is one image that lies in several places', async () => {
  xray.put(digest, {
    path,
    issues: [{ issue_id: 'XRAY-1', summary: 'overflow', severity: 'High' }],
    licenses: ['MIT'],
  });
  xray.fail({ twice: true });
  const facts = (await client.summaries([digest], never)).get(digest);
  expect(facts).toMatchObject({ vulnerabilities: [{ id: 'XRAY-1' }], licenses: [{ name: 'MIT' }] });
  expect(facts).toHaveProperty('paths', ['default/docker-local/shop/cart/1', 'default/mirror/shop/cart/1']);
});

test.each(['empty', 'null', 'absent'] as const)('a list of errors that is %s is none', async (noErrors) => {
  xray.put(digest, {});
  xray.fail({ noErrors });
  expect((await client.summaries([digest], never)).get(digest)).toMatchObject({ vulnerabilities: [] });
});

test('an answer that is cut off is an error, never a part of an answer', async () => {
  xray.put(digest, { licenses: ['MIT'] });
  xray.fail({ cut: true, path: '/summary/artifact' });
  const patient = connect(xray.url, systemClock);
  await expect(patient.summaries([digest], never)).rejects.toMatchObject({ code: 'Unreachable' });
  await patient.close();
});

test("Xray's clock is known by its answers", async () => {
  xray.fail({ clockOffsetMs: -7 * 3_600_000 });
  await client.ping(never);
  expect(Math.abs(client.serverNow().getTime() - (clock.now().getTime() - 7 * 3_600_000))).toBeLessThan(1_000);
});

test('a batch that takes too long is asked in halves, and each digest is answered', async () => {
  const sizes: number[] = [];
  const server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      if (request.url?.endsWith('/ping') === true) {
        response.end('{"status":"pong"}');
        return;
      }
      const count =
        Buffer.concat(parts)
          .toString('utf8')
          .match(/[0-9a-f]{64}/g)?.length ?? 0;
      sizes.push(count);
      if (count > 2) response.writeHead(504).end('<html>');
      else response.end('{"artifacts":[]}');
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const other = connect(`http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`);
  const digests = ['1', '2', '3', '4', '5'].map(aDigest);
  expect([...(await other.summaries(digests, never)).keys()]).toEqual(digests);
  expect(sizes).toEqual([5, 3, 2, 1, 2]);
  await other.close();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

test('the well-known images of the seed are known, with their CVEs and licenses', async () => {
  const images: string[] = [];
  await plantSeed('test/xray-simulator/seeds/well-known.json', {
    put: (image, artifact) => {
      images.push(image);
      xray.put(image, artifact);
    },
  });
  const digests = images.flatMap((image) => {
    const parsed = parseDigest(image);
    return parsed.ok ? [parsed.digest] : [];
  });
  const found = [...(await client.summaries(digests, never)).values()];
  expect(found.length).toBeGreaterThanOrEqual(12);
  for (const facts of found) {
    if (facts instanceof XrayError) throw facts;
    expect(facts?.licenses.length).toBeGreaterThan(0);
    for (const { cves, cvss } of facts?.vulnerabilities ?? []) {
      expect(cves[0]).toMatch(/^CVE-\d{4}-\d{4,}$/);
      expect(cvss).toBeGreaterThan(0);
    }
  }
});

describe('the violations of an image', () => {
  const of = [{ repository: 'docker-local', path: 'shop/cart/1/manifest.json' }];
  const issue = { issue_id: 'XRAY-1', summary: 'overflow', severity: 'Critical' };
  const listed = async (): Promise<readonly unknown[]> =>
    (await client.violations({ of, page: 1, pageSize: 100 }, never)).map(({ finding, isIgnored }) => [
      finding,
      isIgnored,
    ]);

  beforeEach(() => {
    xray.put(digest, { path, issues: [issue], licenses: ['GPL-3.0'] });
    xray.put(aDigest('b'), { issues: [issue] });
  });

  test('are those that its watches raised, of it alone', async () => {
    expect(await listed()).toEqual([
      [{ kind: 'vulnerability', id: 'XRAY-1' }, false],
      [{ kind: 'license', id: 'GPL-3.0' }, false],
    ]);
  });

  test('are none where no watch looks, and come when one does', async () => {
    xray.put(aDigest('c'), { path: 'default/docker-local/shop/other/1/', issues: [issue], watched: false });
    const other = [{ repository: 'docker-local', path: 'shop/other/1/manifest.json' }];
    expect(await client.violations({ of: other, page: 1, pageSize: 100 }, never)).toEqual([]);
    xray.watch(aDigest('c'));
    expect(await client.violations({ of: other, page: 1, pageSize: 100 }, never)).toHaveLength(1);
  });

  test.each([
    ['left out', false, [[{ kind: 'license', id: 'GPL-3.0' }, false]]],
    [
      'listed and marked',
      true,
      [
        [{ kind: 'vulnerability', id: 'XRAY-1' }, true],
        [{ kind: 'license', id: 'GPL-3.0' }, false],
      ],
    ],
  ])('that an ignore rule for one watch excuses are %s', async (_, listsIgnored, expected) => {
    xray.fail({ listsIgnored });
    xray.ignore([{ id: 'r1', ignore_filters: { vulnerabilities: ['XRAY-1'], watches: ['everything'] } }]);
    expect(await listed()).toEqual(expected);
  });

  test('cannot be asked of a server that would list everything instead', async () => {
    xray.fail({ version: '3.88.9' });
    await expect(listed()).rejects.toMatchObject({ code: 'Refused', message: expect.stringContaining('3.88.10') });
    expect(xray.requests).not.toContain('POST /api/v1/violations');
    xray.fail({ version: '3.88.10' });
    await client.version(never);
    expect(await listed()).toHaveLength(2);
  });
});

describe('telling what runs', () => {
  const metadata: KubeMetadata = {
    namespace: 'shop',
    workload: 'cart-api',
    action: 'scaledown',
    images: [{ reference: 'acme.example/docker-local/shop/cart:1', digest }],
  };
  const tell = async (): Promise<void> => client.tell(metadata, 'https://prod-1.example:6443', never);

  test('is what KubeXray sent', async () => {
    await tell();
    expect(xray.told).toEqual([
      {
        pod_name: 'cart-api',
        namespace: 'shop',
        action: 'scaledown',
        cluster_url: 'https://prod-1.example:6443',
        components: [{ component_name: 'acme.example/docker-local/shop/cart:1', component_sha: 'a'.repeat(64) }],
      },
    ]);
  });

  test.each([404, 500, 503])('that fails (%d) is tried once and no sign of trouble, however often', async (status) => {
    xray.fail({ path: '/kube/metadata', status });
    for (let i = 0; i < 10; i++) await expect(tell()).rejects.toMatchObject({ status });
    expect(xray.requests.filter((one) => one.endsWith('/kube/metadata'))).toHaveLength(10);
    expect(client.circuit.state).toBe('closed');
  });

  test('an Xray in trouble is left to those who need an answer', async () => {
    await client.version(never);
    xray.fail({ status: 503 });
    for (let i = 0; i < 6; i++) {
      const asked = client.version(never).catch(() => undefined);
      while ((await Promise.race([asked.then(() => 'done'), turn('waiting')])) === 'waiting') clock.advance(1_000);
    }
    expect(client.circuit.state).toBe('open');
    const before = xray.requests.length;
    await expect(tell()).rejects.toMatchObject({ code: 'ServerError' });
    clock.advance(60_000); // a probe would be let through now
    await expect(tell()).rejects.toMatchObject({ code: 'ServerError' });
    expect(xray.requests).toHaveLength(before);
  });
});
