// The command on a cluster in memory, asked over HTTP as a browser would.
import { request as httpRequest } from 'node:http';
import { text } from 'node:stream/consumers';
import { afterEach, describe, expect, test } from '@jest/globals';
import { eventually } from '@dot-kube/operator/testing';
import type { Item, Update } from '../../../../src/cli/dashboard/item.js';
import { EventCutter } from '../../../../src/cli/dashboard/page/event-lines.js';
import type { WorkloadView } from '../../../../src/cli/dashboard/workload-view.js';
import { aResult, aResultViolation, aStoredDeployment, stored } from '../a-cluster.js';
import { type Ran, ran } from '../a-world.js';
import { aWatchedCluster, type FakeWatchedCluster } from './a-watched-cluster.js';

const bad = aResult({ verdict: 'Violating', action: 'ScaledDown', violations: [aResultViolation()] });
const clean = aResult({ verdict: 'Compliant', action: 'None' }, 'clean');
const policy = stored('XrayPolicy', 'base', { spec: { mode: 'Enforce', security: { minSeverity: 'High' } } });

interface Dashboard {
  readonly url: URL;
  readonly token: string;
  end(): Promise<Ran>;
}

const open: Dashboard[] = [];

afterEach(async () => {
  await Promise.all(open.splice(0).map(async (one) => one.end()));
});

async function dashboard(cluster: FakeWatchedCluster, ...args: readonly string[]): Promise<Dashboard> {
  const stop = new AbortController();
  const printed = Promise.withResolvers<string>();
  const running = ran(['dashboard', ...args], {
    openWatchedCluster: async () => cluster,
    signal: stop.signal,
    onPrint: printed.resolve,
  });
  const url = new URL(
    /http\S+/u.exec(await Promise.race([printed.promise, running.then(({ err }) => err)]))?.[0] ?? '',
  );
  const token = new URLSearchParams(url.hash.slice(1)).get('token') ?? '';
  const end = async (): Promise<Ran> => {
    stop.abort(new Error('the user ends it'));
    return running;
  };
  open.push({ url, token, end });
  return { url, token, end };
}

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: string;
}

async function ask({ url, token }: Dashboard, path: string, headers: object = {}, method = 'GET'): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = httpRequest(
      new URL(path, url),
      { method, headers: { authorization: `Bearer ${token}`, ...headers } },
      (response) => {
        const answer = { status: response.statusCode ?? 0, headers: response.headers };
        text(response).then((body) => {
          resolve({ ...answer, body });
        }, reject);
      },
    );
    sent.once('error', reject);
    sent.end();
  });
}

/** The updates that have come so far; they go on coming. */
async function updates({ url, token }: Dashboard): Promise<Update[]> {
  const told: Update[] = [];
  const cutter = new EventCutter();
  return new Promise((resolve, reject) => {
    httpRequest(new URL('/api/updates', url), { headers: { authorization: `Bearer ${token}` } }, (response) => {
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => {
        // eslint-disable-next-line @typescript-eslint/no-unsafe-type-assertion -- what is sent is what is tested
        told.push(...cutter.cut(chunk).map((data) => JSON.parse(data) as Update));
      });
      response.once('error', () => undefined); // the dashboard ends first
      resolve(told);
    })
      .once('error', reject)
      .end();
  });
}

const ids = (items: readonly Item[] = []): readonly string[] => items.map(({ id }) => id);

describe('a page', () => {
  test('is told of everything, and then of each change alone', async () => {
    const cluster = aWatchedCluster([bad, clean, policy]);
    const told = await updates(await dashboard(cluster));
    await eventually(() => {
      expect(told).toHaveLength(1);
    });
    expect(told[0]).toMatchObject({ whole: true, notes: [] });
    expect(told[0]).not.toHaveProperty('namespace');
    expect(ids(told[0]?.put)).toEqual([
      'Workload shop/deployment-web',
      'Workload shop/deployment-clean',
      'XrayPolicy shop/base',
    ]);
    cluster.put(aResult({ verdict: 'Compliant', action: 'Restored' }));
    await eventually(() => {
      expect(told).toHaveLength(2);
    });
    expect(told[1]).toMatchObject({ whole: false, put: [{ line: { name: 'web', action: 'Restored' } }], gone: [] });
  });

  test('of one namespace is told of that one', async () => {
    const elsewhere = { ...clean, metadata: { name: 'x', namespace: 'blog' } };
    const told = await updates(await dashboard(aWatchedCluster([bad, elsewhere]), '-n', 'blog'));
    await eventually(() => {
      expect(told).toHaveLength(1);
    });
    expect(told[0]).toMatchObject({ namespace: 'blog', put: [{ id: 'Workload blog/x' }] });
  });

  test('is told what is not kept up to date', async () => {
    const cluster = aWatchedCluster([bad]);
    const told = await updates(await dashboard(cluster));
    cluster.trouble = ['the API server is out of reach'];
    await eventually(
      () => {
        expect(told.at(-1)?.notes).toEqual(['the API server is out of reach']);
      },
      { withinMs: 10_000 },
    );
  });

  test('gets of a workload what explain tells, its images and what happened', async () => {
    const event = {
      metadata: {},
      eventTime: '2026-03-01T11:00:00Z',
      reason: 'ScaledDown',
      note: 'stopped',
      type: 'Warning',
      reportingController: 'kubexray.io/operator',
    };
    const later = { ...event, series: { count: 3, lastObservedTime: '2026-03-01T11:30:00Z' }, type: 'Normal' };
    const events = [event, later, { ...event, reportingController: 'deployment-controller' }];
    const one = await dashboard(aWatchedCluster([bad, policy, aStoredDeployment()], { events }));
    const answer = await ask(one, '/api/workload?namespace=shop&result=deployment-web');
    expect(answer.status).toBe(200);
    // eslint-disable-next-line @typescript-eslint/no-unsafe-type-assertion -- what is sent is what is tested
    const view = JSON.parse(answer.body) as WorkloadView;
    expect(view.explanation).toMatchObject({
      verdict: 'Violating',
      violations: [{ id: 'CVE-2026-0001' }],
      policies: [{ name: 'shop/base' }],
      decided: { action: 'ScaleDown' },
    });
    expect(view.history).toEqual([
      { at: '2026-03-01T11:30:00Z', reason: 'ScaledDown', message: 'stopped', isWarning: false, times: 3 },
      { at: '2026-03-01T11:00:00Z', reason: 'ScaledDown', message: 'stopped', isWarning: true, times: 1 },
    ]);
  });

  test('gets of what was done the line of the result, and of what was not the Events', async () => {
    const done = { at: '2026-03-01T10:00:00Z', act: 'ScaledDown', outcome: 'Done', workloadUid: 'uid-web' };
    const acted = aResult({ verdict: 'Violating', history: [{ ...done, message: 'Stopped.' }] });
    const event = { metadata: {}, eventTime: '2026-03-01T11:00:00Z', reportingController: 'kubexray.io/operator' };
    const events = [
      { ...event, reason: 'ScaledDown', note: 'Stopped.' },
      { ...event, reason: 'Contended', note: 'Put back by helm.' },
    ];
    const one = await dashboard(aWatchedCluster([acted, policy, aStoredDeployment()], { events }));
    const { body } = await ask(one, '/api/workload?namespace=shop&result=deployment-web');
    expect(JSON.parse(body)).toMatchObject({
      history: [
        { reason: 'Contended', message: 'Put back by helm.' },
        { at: done.at, reason: 'ScaledDown', message: 'Stopped.', isWarning: true },
      ],
    });
  });

  test.each([
    ['of a workload that is gone', '/api/workload?namespace=shop&result=nobody', 404],
    ['of no workload', '/api/workload?namespace=shop', 400],
    ['of what there is not', '/api/secrets', 404],
    ['of a file that there is not', '/assets/x.js', 404],
    ['of a view', '/workload/shop/deployment-web', 200],
  ])('%s is answered %s by %i', async (_, path, status) => {
    const answer = await ask(await dashboard(aWatchedCluster([bad])), path);
    expect(answer.status).toBe(status);
    expect(answer.headers).toMatchObject({ 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' });
  });
});

describe('whoever is not who started it', () => {
  test.each<[string, string, object, number]>([
    ['without the token sees nothing', '/api/updates', { authorization: '' }, 401],
    ['under a foreign name gets not even the page', '/', { host: 'evil.example' }, 403],
    ['on another site sees nothing', '/api/workload', { 'sec-fetch-site': 'cross-site' }, 403],
  ])('%s', async (_, path, headers, status) => {
    const answer = await ask(await dashboard(aWatchedCluster([bad])), path, headers);
    expect(answer.status).toBe(status);
    expect(answer.headers).not.toHaveProperty('access-control-allow-origin');
  });

  test('writes nothing', async () => {
    const answer = await ask(await dashboard(aWatchedCluster([bad])), '/api/updates', {}, 'POST');
    expect(answer).toMatchObject({ status: 405, headers: { allow: 'GET, HEAD' } });
  });

  test('gets another token each time', async () => {
    const cluster = aWatchedCluster([bad]);
    const [first, second] = [await dashboard(cluster), await dashboard(cluster)];
    expect(first.token).toMatch(/^[\w-]{43}$/u);
    expect(second.token).not.toBe(first.token);
  });
});

describe('a caller who may not see all', () => {
  test('and names no namespace is told to name one', async () => {
    const cluster = aWatchedCluster([bad], { unseen: ['XrayScanResult/*'] });
    const { code, err } = await ran(['dashboard'], { openWatchedCluster: async () => cluster });
    expect(code).toBe(2);
    expect(err).toMatch(/may not list and watch xrayscanresults.kubexray.io in all namespaces.*dashboard -n shop\n$/u);
    expect(cluster).toMatchObject({ isClosed: true, isWatched: false });
  });

  test('sees the namespace, with a note of what is left out', async () => {
    const cluster = aWatchedCluster([bad, policy], {
      unseen: ['XrayScanResult/*', 'ClusterXrayPolicy', 'XrayConnection'],
    });
    const one = await dashboard(cluster, '-n', 'shop');
    const told = await updates(one);
    await eventually(() => {
      expect(told[0]?.notes).toHaveLength(2);
    });
    expect(told[0]?.notes[0]).toMatch(/may not list and watch ClusterXrayPolicy/u);
    const { body } = await ask(one, '/api/workload?namespace=shop&result=deployment-web');
    expect(body).toMatch(/you may not read ClusterXrayPolicy/u);
  });

  test('is told what the API server refuses', async () => {
    const cluster = aWatchedCluster([bad]);
    const refused = aWatchedCluster([], { unseen: ['XrayScanResult'] });
    const one = await dashboard({ ...cluster, get: async (coordinates, key) => refused.get(coordinates, key) });
    const answer = await ask(one, '/api/workload?namespace=shop&result=deployment-web');
    expect(answer.status).toBe(403);
    expect(answer.body).toMatch(/the API server says: cannot list XrayScanResult/u);
  });
});

test('it ends at once, also with pages that look on, and leaves nothing behind', async () => {
  const cluster = aWatchedCluster([bad]);
  const one = await dashboard(cluster);
  await updates(one);
  expect(await one.end()).toMatchObject({ code: 0, err: '' });
  expect(cluster).toMatchObject({ isClosed: true, isWatched: false });
  await expect(ask(one, '/')).rejects.toThrow(/ECONNREFUSED|ECONNRESET/u);
});

test('a port that is taken is said, and nothing is left running', async () => {
  const { url } = await dashboard(aWatchedCluster([bad]));
  const cluster = aWatchedCluster([bad]);
  const { code, err } = await ran(['dashboard', '--port', url.port], { openWatchedCluster: async () => cluster });
  expect(code).toBe(2);
  expect(err).toMatch(/port \d+ cannot be used: something else has it; choose another with --port/u);
  expect(cluster).toMatchObject({ isClosed: true, isWatched: false });
});

test.each(['x', '-1', '65536', '1.5'])('"%s" is no port', async (port) => {
  const { code, err } = await ran(['dashboard', `--port=${port}`]);
  expect(code).toBe(2);
  expect(err).toContain(`--port "${port}" is no port`);
});
