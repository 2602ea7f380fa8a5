// The examples, on the real API server: that of the README, as it stands there, and the larger one.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { KubeClient, Manager, silentLogger } from '@dot-kube/operator';
import { customResourceDefinition } from '@dot-kube/operator/crd';
import { describeByComments } from '@dot-kube/operator/crd/doc-comments';
import { eventually } from '@dot-kube/operator/testing';
import { declareWebsites } from '../../example/operator.js';
import { Website, WebsiteSpec, WebsiteStatus } from '../../example/website.js';
import { configMaps, kubeConfig } from './rig.js';

const { signal } = new AbortController();
const crds = {
  group: 'apiextensions.k8s.io',
  version: 'v1',
  plural: 'customresourcedefinitions',
  kind: 'CustomResourceDefinition',
  namespaced: false,
} as const;
const websites = {
  group: 'example.com',
  version: 'v1',
  plural: 'websites',
  kind: 'Website',
  namespaced: true,
} as const;
const namespaces = { group: '', version: 'v1', plural: 'namespaces', kind: 'Namespace', namespaced: false } as const;
const namespace = 'default';
const SOON = { withinMs: 60_000 };

interface Page {
  readonly metadata: { readonly name: string };
  readonly data: { readonly text: string };
}

let client: KubeClient;
const stop = new AbortController();
let ended: Promise<void>;

async function pages(): Promise<string[]> {
  const list = await client.list<Page>(configMaps, { signal, namespace, labelSelector: 'example.com/page' });
  return list.map(({ metadata, data }) => `${metadata.name}: ${data.text}`).sort();
}

async function wish(spec: object): Promise<void> {
  const body = { apiVersion: 'example.com/v1', kind: 'Website', metadata: { name: 'shop', namespace }, spec };
  const patch = { type: 'apply', body, fieldManager: 'test', force: true } as const;
  await client.patch(websites, { namespace, name: 'shop' }, patch, { signal });
}

beforeAll(async () => {
  client = await KubeClient.from(kubeConfig());
  const path = fileURLToPath(new URL('../../example/website.ts', import.meta.url));
  describeByComments([Website, WebsiteSpec, WebsiteStatus], [{ path }]);
  const definition = customResourceDefinition(Website);
  const patch = { type: 'apply', body: definition, fieldManager: 'test', force: true } as const;
  await client.patch(crds, { namespace: '', name: definition.metadata.name }, patch, { signal });
  await eventually(async () => client.list(websites, { signal, namespace }), { withinMs: 20_000 });
  const manager = new Manager({ client, log: silentLogger, name: 'example.com/websites', instance: 'test' });
  declareWebsites(manager);
  ended = manager.start(stop.signal);
}, 60_000);

afterAll(async () => {
  stop.abort(new Error('the test is over'));
  await ended;
  await client.delete(crds, { namespace: '', name: 'websites.example.com' }, {}, { signal });
  await client.close();
}, 60_000);

test('each Website gets its pages, keeps them, and says so', async () => {
  await wish({ text: 'hello', pages: 2 });
  await eventually(async () => {
    expect(await pages()).toEqual(['shop-1: hello', 'shop-2: hello']);
  }, SOON);
  await client.delete(configMaps, { namespace, name: 'shop-2' }, {}, { signal });
  await eventually(async () => {
    expect(await pages()).toEqual(['shop-1: hello', 'shop-2: hello']);
  }, SOON);
  await wish({ text: 'goodbye' }); // one page, by the default of the CRD
  await eventually(async () => {
    expect(await pages()).toEqual(['shop-1: goodbye']);
    const site = await client.get<Website>(websites, { namespace, name: 'shop' }, { signal });
    expect(site.status?.conditions).toMatchObject([{ type: 'Ready', status: 'True', message: 'It has 1 pages.' }]);
  }, SOON);
}, 180_000);

test('the API server refuses what the class refuses, and says which field', async () => {
  await expect(wish({ text: 'hello', pages: 11 })).rejects.toMatchObject({
    reason: 'Invalid',
    verb: 'patch',
    causes: [{ reason: 'FieldValueInvalid', field: 'spec.pages' }],
  });
});

test('the example of the README runs as it stands there', async () => {
  const path = 'packages/operator/example/welcome.ts';
  expect(await readFile('packages/operator/README.md', 'utf8')).toContain(
    `\`\`\`ts\n${await readFile(path, 'utf8')}\`\`\``,
  );
  const labels = { 'example.com/welcome': 'hello' };
  await client.create(namespaces, '', { metadata: { name: 'welcomed', labels } }, { signal });
  const operator = spawn(process.execPath, ['scripts/run-ts.mjs', path], { stdio: ['ignore', 'ignore', 'inherit'] });
  const ended = once(operator, 'exit');
  const key = { namespace: 'welcomed', name: 'welcome' };
  const greets = async (text: string): Promise<void> => {
    await eventually(async () => {
      expect(await client.get<Page>(configMaps, key, { signal })).toMatchObject({ data: { text } });
    }, SOON);
  };
  try {
    await greets('hello');
    await client.delete(configMaps, key, {}, { signal });
    await greets('hello');
    const body = { metadata: { labels: { 'example.com/welcome': 'good-day' } } };
    await client.patch(
      namespaces,
      { namespace: '', name: 'welcomed' },
      { type: 'merge', body, fieldManager: 'test' },
      { signal },
    );
    await greets('good-day');
    operator.kill('SIGTERM');
    expect(await ended).toEqual([0, null]);
  } finally {
    operator.kill('SIGKILL'); // where it was not told to stop
  }
  await client.delete(namespaces, { namespace: '', name: 'welcomed' }, {}, { signal });
}, 240_000);
