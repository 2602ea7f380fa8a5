// The dashboard in a real browser, of results on a real API server.
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import type { AxeResults } from 'axe-core';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { kubectl } from '../../cluster/kubectl.js';
import { aClusterXrayPolicy, aNamespace, anXrayException, anXrayPolicy, aWorkload } from '../../builders/manifests.js';
import { apply, emptyCluster, installOperator } from '../harness.js';
import { startBrowser } from './browser.js';
import { type DashboardProcess, startDashboard } from './process.js';
import { clean, violating, writeResults } from './stored-results.js';

const shop = 'dashboard-shop';
const blog = 'dashboard-blog';
const HOSTILE = '<img src=x onerror="globalThis.hacked=1"><script>globalThis.hacked=1</script>';
const MANY = 105; // more than a page of the list

const browser: Browser | undefined = await startBrowser().catch((error: unknown) => {
  const why = error instanceof Error ? error.message.split('\n')[0] : String(error);
  process.stderr.write(
    `dashboard: no Chromium, so what needs a browser is skipped: ${why ?? ''}\n` +
      'dashboard: name one by KUBEXRAY_TEST_CHROMIUM=/path/to/chromium\n',
  );
  return undefined;
});
const inBrowser = browser === undefined ? describe.skip : describe;

let dashboard: DashboardProcess;
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kubexray-dashboard-'));
  await emptyCluster(); // the page counts all that there is
  await installOperator('http://127.0.0.1:1');
  await apply(
    aNamespace(shop),
    aNamespace(blog),
    anXrayPolicy(shop, { mode: 'Enforce', security: { actions: { deployments: 'ScaleDown' } } }),
    anXrayException(shop, { vulnerabilities: ['CVE-2026-0002'] }),
    aClusterXrayPolicy('dashboard-new', { tier: 'Default', license: { denied: ['AGPL-3.0-*'] } }),
    aWorkload(shop, { image: 'shop/web:1' }),
    anEvent(),
  );
  const many = Array.from({ length: MANY }, (_, at) => ({ namespace: blog, name: `app-${at}`, status: clean() }));
  await writeResults(
    { namespace: shop, name: 'web', status: violating({ namespace: shop }) },
    { namespace: shop, name: 'hostile', status: violating({ image: HOSTILE, summary: HOSTILE, namespace: shop }) },
    ...many,
  );
  dashboard = await startDashboard([]);
}, 360_000);

const pages: Page[] = [];

afterEach(async () => {
  await Promise.all(pages.splice(0).map(async (page) => page.context().close()));
});

afterAll(async () => {
  await browser?.close();
  await dashboard.stop();
  await kubectl(['delete', 'cxpol', '--ignore-not-found', 'dashboard-new']);
  await kubectl(['delete', 'namespace', '--wait=false', shop, blog]);
  await rm(folder, { recursive: true });
}, 60_000);

function anEvent(): object {
  return {
    apiVersion: 'events.k8s.io/v1',
    kind: 'Event',
    metadata: { namespace: shop, name: 'web.1' },
    eventTime: '2026-11-24T09:00:00.000000Z',
    action: 'ScaleDown',
    reason: 'ScaledDown',
    note: `stopped: ${HOSTILE}`,
    type: 'Warning',
    reportingController: 'kubexray.io/operator',
    reportingInstance: 'test',
    regarding: { apiVersion: 'apps/v1', kind: 'Deployment', namespace: shop, name: 'web' },
  };
}

interface Opened {
  readonly page: Page;
  /** What the browser complained of: refused by the content security policy, or a fault of a script. */
  readonly complaints: readonly string[];
}

async function open(path = '/', options: BrowserContextOptions = {}): Promise<Opened> {
  if (browser === undefined) throw new Error('there is no browser');
  const context = await browser.newContext({ locale: 'en-GB', timezoneId: 'UTC', ...options });
  const page = await context.newPage();
  pages.push(page);
  const complaints: string[] = [];
  page.on('pageerror', ({ message }) => complaints.push(message));
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text());
  });
  await page.goto(new URL(path, dashboard.origin).href + new URL(dashboard.address).hash);
  await page.getByText('Live', { exact: true }).waitFor();
  return { page, complaints };
}

const webPath = `/workload/${shop}/deployment-web`;

inBrowser('in a browser', () => {
  test('the token is gone from the address, and serves other tabs', async () => {
    const { page, complaints } = await open('/workloads?verdict=Violating');
    expect(page.url()).toBe(`${dashboard.origin}/workloads?verdict=Violating`);
    const tab = await page.context().newPage();
    await tab.goto(dashboard.origin);
    await tab.getByRole('heading', { name: 'All namespaces' }).waitFor();
    expect(complaints).toEqual([]);
  }, 60_000);

  test('without the token it says what to do, and shows nothing', async () => {
    const { page } = await open();
    await page.evaluate('localStorage.clear()');
    await page.reload();
    await page.getByRole('heading', { name: 'This address is not enough' }).waitFor();
    expect(await page.locator('table').count()).toBe(0);
  }, 60_000);

  test('the overview counts, leads to the list, and Back leads back', async () => {
    const { page } = await open();
    await page.getByRole('link', { name: '2 Violating' }).click();
    await page.getByRole('heading', { name: `2 of ${MANY + 2} workloads` }).waitFor();
    expect(await page.evaluate('document.activeElement.textContent')).toBe('Workloads');
    expect(await page.title()).toBe('Workloads · kubexray');
    await page.goBack();
    await page.getByRole('heading', { name: 'All namespaces' }).waitFor();
    await page.getByRole('rowheader', { name: 'ClusterXrayPolicy dashboard-new' }).waitFor();
  }, 60_000);

  test('what changes in the cluster changes on every view by itself', async () => {
    const [list, overview, detail] = await Promise.all([open(`/workloads?namespace=${shop}`), open(), open(webPath)]);
    await detail.page.getByRole('heading', { name: 'Deployment web' }).waitFor();
    await detail.page.getByText('CVE-2026-0001', { exact: true }).waitFor();
    await writeResults({ namespace: shop, name: 'web', status: { ...clean(), action: 'Restored' } });
    await list.page.getByRole('row', { name: /Deployment web .*Compliant.*Restored/u }).waitFor();
    await overview.page.getByRole('link', { name: '1 Restored' }).waitFor();
    await detail.page.getByText('Deployment web is now Compliant, Restored').waitFor({ state: 'attached' });
    expect(await detail.page.getByText('CVE-2026-0001', { exact: true }).count()).toBe(0);

    await kubectl(['delete', 'xscan', '-n', shop, 'deployment-web']);
    await list.page.getByRole('row', { name: /Deployment web / }).waitFor({ state: 'detached' });
    await detail.page.getByText('there is no result').waitFor();
    await writeResults({ namespace: shop, name: 'web', status: violating({ namespace: shop }) });
    await list.page.getByRole('row', { name: /Deployment web .*Violating/u }).waitFor();
    await detail.page.getByText('CVE-2026-0001', { exact: true }).waitFor();
    for (const { complaints } of [list, overview]) expect(complaints).toEqual([]);
  }, 60_000);

  test('a changed policy changes what is explained', async () => {
    const { page } = await open(webPath);
    await page
      .getByRole('row', { name: `XrayPolicy ${shop}/base` })
      .getByText('Security: ScaleDown')
      .waitFor();
    await apply(anXrayPolicy(shop, { mode: 'Enforce', security: { actions: { deployments: 'Delete' } } }));
    await page.getByText('Security: Delete').waitFor();
    await apply(anXrayPolicy(shop, { mode: 'Enforce', security: { actions: { deployments: 'ScaleDown' } } }));
    await page.getByText('Security: ScaleDown').waitFor();
  }, 60_000);

  test('what a cluster says is text, whatever it says', async () => {
    const { page, complaints } = await open(`/workload/${shop}/deployment-hostile`);
    await page.getByRole('rowheader', { name: HOSTILE }).first().waitFor();
    await page.goto(dashboard.origin + webPath);
    await page.getByText(`stopped: ${HOSTILE}`).waitFor();
    await page.goto(`${dashboard.origin}/workloads?text=${encodeURIComponent(HOSTILE)}`);
    await page.getByRole('link', { name: 'Deployment hostile' }).waitFor();
    expect(await page.getByLabel('Name, image, policy or message').inputValue()).toBe(HOSTILE);
    expect(await page.evaluate('[globalThis.hacked, document.images.length, document.scripts.length]')).toEqual([
      undefined,
      0,
      1,
    ]);
    expect(complaints).toEqual([]);
  }, 60_000);

  test('even where a text were taken for markup, the browser would refuse it', async () => {
    const { page } = await open();
    await page.getByRole('heading', { name: 'All namespaces' }).waitFor();
    const refused = await page.evaluate(
      'try { document.body.innerHTML = "<b>x</b>"; "taken" } catch (error) { error.name }',
    );
    expect(refused).toBe('TypeError');
  }, 60_000);

  test('by the keyboard alone: past the header, through the filters, into a workload', async () => {
    const { page } = await open('/workloads');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    expect(await page.evaluate('document.activeElement.id')).toBe('main');
    await page.keyboard.press('Tab');
    await page.keyboard.type('hostile');
    expect(await page.evaluate('document.activeElement.id')).toBe('text');
    await page.waitForURL(`${dashboard.origin}/workloads?text=hostile`);
    await page
      .getByRole('status')
      .getByText(`1 of ${MANY + 2} workloads`)
      .waitFor({ state: 'attached' });
    const focused = async (): Promise<string> => page.evaluate<string>('document.activeElement.textContent');
    for (let tabs = 0; tabs < 10 && (await focused()) !== 'Deployment hostile'; tabs++)
      await page.keyboard.press('Tab');
    expect(await focused()).toBe('Deployment hostile');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Deployment hostile' }).waitFor();
    expect(await page.title()).toContain('kubexray');
  }, 60_000);

  test('a long list comes in pages', async () => {
    const { page } = await open(`/workloads?namespace=${blog}`);
    await page.getByRole('heading', { name: `${MANY} of ${MANY + 2} workloads` }).waitFor();
    expect(await page.getByRole('row').count()).toBe(101); // with the heading
    await page.getByRole('link', { name: 'Next page' }).click();
    await page.getByRole('heading', { name: 'page 2 of 2' }).waitFor();
    expect(await page.getByRole('row').count()).toBe(MANY - 100 + 1);
    expect(await page.evaluate('document.activeElement.id')).toBe('found');
    expect(page.url()).toContain('page=2');
  }, 60_000);

  describe('everybody can use it (axe: WCAG 2.2 AA and best practices)', () => {
    const kinds: readonly [string, BrowserContextOptions][] = [
      ['light', { viewport: { width: 1280, height: 900 } }],
      ['dark', { viewport: { width: 1280, height: 900 }, colorScheme: 'dark' }],
      ['on a phone', { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true }],
    ];
    const views: readonly [string, string, string][] = [
      ['overview', '/', 'Policies not in force'],
      ['list', '/workloads?verdict=Violating', `2 of ${MANY + 2} workloads`],
      ['workload', webPath, 'Policies that apply'],
      ['nothing', '/nothing', 'There is nothing here'],
    ];
    const cases = kinds.flatMap(([kind, options]) =>
      views.map(([view, path, heading]) => ({ name: `${view}, ${kind}`, path, heading, options })),
    );

    test.each(cases)(
      '$name',
      async ({ path, heading, options }) => {
        const { page } = await open(path, options);
        await page.getByRole('heading', { name: heading }).waitFor();
        await page.evaluate(await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8'));
        const { violations } = await page.evaluate<AxeResults>('axe.run()');
        expect(violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)])).toEqual([]);
        const width = await page.evaluate<number>('document.documentElement.scrollWidth - innerWidth');
        expect(width).toBeLessThanOrEqual(0);
      },
      30_000,
    );
  });

  test('the end of the server is said, and a new one is found again under its port', async () => {
    const port = new URL(dashboard.address).port;
    const { page } = await open('/workloads');
    expect(await dashboard.stop()).toBe(0);
    await page.getByText('Connection lost').waitFor();
    expect(await page.getByRole('row').count()).toBe(101); // what was shown is shown still
    dashboard = await startDashboard(['--port', port]);
    await page.getByText('This address is not enough').waitFor(); // it has another token
    await page.goto(dashboard.address);
    await page.getByText('Live', { exact: true }).waitFor();
  }, 60_000);
});

describe('whoever may see one namespace only', () => {
  let kubeconfig: string;

  beforeAll(async () => {
    await kubectl(['create', 'serviceaccount', '-n', shop, 'reader']);
    await kubectl([
      'create',
      'rolebinding',
      '-n',
      shop,
      'reader',
      '--clusterrole=view',
      `--serviceaccount=${shop}:reader`,
    ]);
    const token = (await kubectl(['create', 'token', '-n', shop, 'reader'])).trim();
    // eslint-disable-next-line @typescript-eslint/no-unsafe-type-assertion -- kubectl's own output
    const config = JSON.parse(await kubectl(['config', 'view', '--raw', '--minify', '-o', 'json'])) as {
      users: { user: object }[];
    };
    config.users = config.users.map((user) => ({ ...user, user: { token } }));
    kubeconfig = join(folder, 'reader.kubeconfig');
    await writeFile(kubeconfig, JSON.stringify(config));
  }, 60_000);

  async function ask({ origin, token }: DashboardProcess, path: string): Promise<Response> {
    return fetch(origin + path, { headers: { authorization: `Bearer ${token}` } });
  }

  async function firstUpdate(one: DashboardProcess): Promise<string> {
    const { body } = await ask(one, '/api/updates');
    let told = '';
    for await (const chunk of body ?? []) {
      told += Buffer.from(chunk).toString();
      if (told.includes('\n\n')) return told;
    }
    throw new Error(`nothing was told: ${told}`);
  }

  test('is told to name it', async () => {
    await expect(startDashboard([], kubeconfig)).rejects.toThrow(
      /may not list and watch xrayscanresults.kubexray.io in all namespaces.*-n/u,
    );
    await expect(startDashboard(['-n', blog], kubeconfig)).rejects.toThrow(/in namespace dashboard-blog/u);
  }, 60_000);

  test('sees it and nothing else, and is told what is left out', async () => {
    const one = await startDashboard(['-n', shop], kubeconfig);
    try {
      const told = await firstUpdate(one);
      expect(told).toContain(`Workload ${shop}/deployment-web`);
      expect(told).toContain(`XrayPolicy ${shop}/base`);
      expect(told).not.toContain(blog);
      expect(told).toContain('you may not list and watch ClusterXrayPolicy objects');
      expect(told).toContain('you may not list and watch XrayConnection objects');
      const other = await ask(one, `/api/workload?namespace=${blog}&result=deployment-app-1`);
      expect(other.status).toBe(403);
      const own = await ask(one, `/api/workload?namespace=${shop}&result=deployment-web`);
      expect(own.status).toBe(200);
      expect(await own.text()).toContain('you may not read ClusterXrayPolicy objects');
    } finally {
      expect(await one.stop()).toBe(0);
    }
  }, 60_000);
});
