// Web hooks as the real API server asks them: of ConfigMaps in one namespace, and of a kind that is stored in another version than it is
// watched in.
import { text } from 'node:stream/consumers';
import { connect } from 'node:tls';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { V1ConfigMap } from '@kubernetes/client-node';
import { isApiError, KubeClient, Manager, resource, type ResourceCoordinates, silentLogger } from '@dot-kube/operator';
import { eventually } from '@dot-kube/operator/testing';
import { freePorts } from '@dot-kube/operator/testing/cluster';
import { type Asked, convert, mutate, validate, type Verdict, WebhookServer } from '@dot-kube/operator/webhook';
import { Agent, request } from 'undici';
import { type Certificate, certificateFor } from './fronts.js';
import { type MountedSecret, mountSecret } from './mounted-secret.js';
import { configMaps, kubeConfig } from './rig.js';

const { signal } = new AbortController();
const admissionKind = (plural: string, kind: string): ResourceCoordinates => ({
  group: 'admissionregistration.k8s.io',
  version: 'v1',
  plural,
  kind,
  namespaced: false,
});
const validating = admissionKind('validatingwebhookconfigurations', 'ValidatingWebhookConfiguration');
const mutating = admissionKind('mutatingwebhookconfigurations', 'MutatingWebhookConfiguration');
const namespaces = { group: '', version: 'v1', plural: 'namespaces', kind: 'Namespace', namespaced: false } as const;
const crds = {
  group: 'apiextensions.k8s.io',
  version: 'v1',
  plural: 'customresourcedefinitions',
  kind: 'CustomResourceDefinition',
  namespaced: false,
} as const;
const namespace = 'web-hooks';

interface PlateV1 {
  readonly spec: { readonly size: string };
}
interface PlateV2 {
  readonly spec: { readonly width: number; readonly height: number };
}
const plate = (version: string) =>
  ({ group: 'example.com', version, plural: 'plates', kind: 'Plate', namespaced: true }) as const;
const platesV2 = resource<PlateV2>(plate('v2'));
const watchedPlates = platesV2.project(({ spec }) => ({ area: spec.width * spec.height }));

const seen: Asked<V1ConfigMap, 'CREATE' | 'UPDATE'>[] = [];
const gate = Promise.withResolvers<Verdict>();
/** By what stands in a ConfigMap's `data.behave`. */
const behaviours: Readonly<Record<string, () => Verdict | Promise<Verdict>>> = {
  denied: () => ({ allowed: false, code: 422, message: 'too large; take 3 at most' }),
  warned: () => ({ allowed: true, warnings: ['size is deprecated\nuse width', 'second'] }),
  broken: () => {
    throw new Error('password=hunter2');
  },
  silent: async () => new Promise(() => undefined),
  slow: async () => gate.promise,
};

let admin: KubeClient;
let manager: Manager;
let webhooks: WebhookServer;
let secret: MountedSecret;
let [first, second]: (Certificate | undefined)[] = [];
let ports: number[];
const stop = new AbortController();
let ended: Promise<void>;

/** Both as a bundle: while one is replaced by the other, both are good. */
function bundle(...certificates: (Certificate | undefined)[]): string {
  return Buffer.from(certificates.map((one) => one?.cert).join('\n')).toString('base64');
}

function clientConfig(path: string, caBundle: string): object {
  return { url: `https://127.0.0.1:${ports[0] ?? 0}${path}`, caBundle };
}

async function apply(coordinates: ResourceCoordinates, name: string, contents: object): Promise<void> {
  const { group, version, kind } = coordinates;
  const body = { apiVersion: group === '' ? version : `${group}/${version}`, kind, metadata: { name }, ...contents };
  const patch = { type: 'apply', body, fieldManager: 'test', force: true } as const;
  await admin.patch(coordinates, { namespace: '', name }, patch, { signal });
}

const rules = [{ apiGroups: [''], apiVersions: ['v1'], operations: ['*'], resources: ['configmaps'] }];
const common = {
  admissionReviewVersions: ['v1'],
  sideEffects: 'None',
  rules,
  namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': namespace } },
};

interface Configured {
  readonly caBundle: string;
  readonly failurePolicy?: 'Fail' | 'Ignore';
  readonly path?: string;
  readonly version?: string;
}

async function applyValidating({
  caBundle,
  failurePolicy = 'Fail',
  path = '/validate',
  version = 'v1',
}: Configured): Promise<void> {
  const one = {
    name: 'size.example.com',
    ...common,
    admissionReviewVersions: [version],
    timeoutSeconds: failurePolicy === 'Ignore' ? 1 : 10,
  };
  await apply(validating, 'web-hooks', {
    webhooks: [{ ...one, failurePolicy, clientConfig: clientConfig(path, caBundle) }],
  });
}

interface Created {
  readonly status: number;
  /** The header. */
  readonly warning: unknown;
  readonly body: { readonly message?: string; readonly reason?: string } & Pick<V1ConfigMap, 'metadata'>;
}

let requests = 0;
let agent: Agent;

/** Past our own client, which hides warnings and tries again. */
async function create(behave: string, query = ''): Promise<Created> {
  const { server = '' } = kubeConfig().getCurrentCluster() ?? {};
  const { statusCode, headers, body } = await request(`${server}/api/v1/namespaces/${namespace}/configmaps${query}`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      authorization: `Bearer ${kubeConfig().getCurrentUser()?.token ?? ''}`,
    },
    body: JSON.stringify({ metadata: { name: `m${requests++}` }, data: { behave } }),
    dispatcher: agent,
  });
  return {
    status: statusCode,
    warning: headers['warning'],
    // eslint-disable-next-line @typescript-eslint/no-unsafe-type-assertion -- the API server's own answer
    body: JSON.parse(await text(body)) as Created['body'],
  };
}

/** The API server goes by a new configuration a moment after it was written. */
async function becomes(behave: string, outcome: object): Promise<Created> {
  return eventually(
    async () => {
      const created = await create(behave);
      expect(created).toMatchObject(outcome);
      return created;
    },
    { withinMs: 20_000 },
  );
}

async function counted(name: string): Promise<string> {
  return manager.registry.getSingleMetricAsString(name);
}

beforeAll(async () => {
  [first, second] = await Promise.all([certificateFor('127.0.0.1'), certificateFor('127.0.0.1')]);
  ports = await freePorts(2);
  secret = await mountSecret(first);
  admin = await KubeClient.from(kubeConfig());
  const ca = Buffer.from(kubeConfig().getCurrentCluster()?.caData ?? '', 'base64').toString('utf8');
  agent = new Agent({ connect: { ca } });
  await admin.create(namespaces, '', { metadata: { name: namespace } }, { signal });
  const schema = { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } };
  await apply(crds, 'plates.example.com', {
    spec: {
      group: 'example.com',
      names: { kind: 'Plate', plural: 'plates' },
      scope: 'Namespaced',
      versions: [
        { name: 'v1', served: true, storage: true, schema },
        { name: 'v2', served: true, storage: false, schema },
      ],
      conversion: {
        strategy: 'Webhook',
        webhook: { conversionReviewVersions: ['v1'], clientConfig: clientConfig('/convert', bundle(first, second)) },
      },
    },
  });
  const stored = { metadata: { name: 'stored', labels: { of: 'us' } }, spec: { size: '3x4' } };
  const body = { apiVersion: 'example.com/v1', kind: 'Plate', ...stored };
  await eventually(async () => admin.create(plate('v1'), namespace, body, { signal }), { withinMs: 20_000 });

  const client = await KubeClient.from(kubeConfig());
  manager = new Manager({
    client,
    log: silentLogger,
    name: 'example.com/hooks',
    instance: 'it',
    healthPort: ports[1] ?? 0,
  });
  const maps = resource<V1ConfigMap>(configMaps);
  webhooks = new WebhookServer({
    port: ports[0] ?? 0,
    certificates: secret.directory,
    registry: manager.registry,
    log: silentLogger,
    hooks: {
      '/validate': validate({
        resource: maps,
        check: async (asked) => {
          seen.push(asked);
          return behaviours[asked.object.data?.['behave'] ?? '']?.() ?? { allowed: true };
        },
      }),
      '/mutate': mutate({
        resource: maps,
        operations: ['CREATE'],
        change: ({ object, name }) => ({
          object: { ...object, metadata: { ...object.metadata, labels: { 'example.com/name': name } } },
        }),
      }),
      '/convert': convert({
        hub: platesV2,
        versions: {
          v1: {
            toHub: ({ spec }: PlateV1) => {
              const [width = 0, height = 0] = spec.size.split('x').map(Number);
              return { spec: { width, height } };
            },
            fromHub: ({ spec }): PlateV1 => ({ spec: { size: `${spec.width}x${spec.height}` } }),
          },
        },
      }),
    },
  });
  manager.addServing(webhooks);
  manager.store(watchedPlates);
  ended = manager.start(stop.signal).finally(async () => client.close());
  ended.catch(() => undefined); // looked at in the last test
  await manager.store(watchedPlates).synced;
  await applyValidating({ caBundle: bundle(first, second) });
  await apply(mutating, 'web-hooks', {
    webhooks: [{ name: 'label.example.com', ...common, clientConfig: clientConfig('/mutate', bundle(first, second)) }],
  });
  await becomes('denied', { status: 422 });
}, 60_000);

afterAll(async () => {
  stop.abort(new Error('the tests are over'));
  await Promise.allSettled([ended]);
  for (const [coordinates, name] of [
    [validating, 'web-hooks'],
    [mutating, 'web-hooks'],
    [crds, 'plates.example.com'],
    [namespaces, namespace],
  ] as const)
    await admin.delete(coordinates, { namespace: '', name }, {}, { signal }).catch((error: unknown) => {
      if (!isApiError(error, 'NotFound')) throw error;
    });
  await admin.close();
  await agent.close();
  await secret.remove();
}, 60_000);

test('it is ready once it serves', async () => {
  await eventually(async () => {
    const { statusCode, body } = await request(`http://127.0.0.1:${ports[1] ?? 0}/readyz`);
    expect([statusCode, await body.text()]).toEqual([200, 'ok\n']);
  });
});

test('what a check denies is not created, and whoever asked is told why, with the code', async () => {
  expect((await create('denied')).body).toMatchObject({
    status: 'Failure',
    code: 422,
    reason: 'Invalid',
    message: 'admission webhook "size.example.com" denied the request: too large; take 3 at most',
  });
});

test('warnings are shown', async () => {
  expect(await create('warned')).toMatchObject({
    status: 201,
    warning: '299 - "size is deprecated use width", 299 - "second"',
  });
});

test('what a change makes of an object is stored, and seen by the check', async () => {
  const { status, body } = await create('', '?dryRun=All');
  expect(status).toBe(201);
  const name = body.metadata?.name ?? '';
  expect(body.metadata?.labels).toEqual({ 'example.com/name': name });
  expect(seen.at(-1)).toMatchObject({
    operation: 'CREATE',
    namespace,
    name,
    dryRun: true,
    object: { metadata: { labels: { 'example.com/name': name } } },
    user: { groups: expect.arrayContaining(['system:authenticated']) },
  });
});

test('what is deleted is asked of nobody who does not want it', async () => {
  const { body } = await create('');
  const before = seen.length;
  await admin.delete(configMaps, { namespace, name: body.metadata?.name ?? '' }, {}, { signal });
  expect(seen).toHaveLength(before);
});

test('a check that throws is a denial that tells nothing of the error, and the next one is answered', async () => {
  const { status, body } = await create('broken');
  expect(status).toBe(500);
  expect(body.message).toBe(
    'admission webhook "size.example.com" denied the request: the web hook itself failed; its log tells why',
  );
  expect(await create('')).toMatchObject({ status: 201 });
  expect(await counted('controller_runtime_webhook_panics_total')).toContain(
    'controller_runtime_webhook_panics_total 1',
  );
});

test('a configuration that sends what a hook is not for is told so, in the error of the API server', async () => {
  const asks = async (wrong: Partial<Configured>, message: string): Promise<void> => {
    await applyValidating({ caBundle: bundle(first, second), ...wrong });
    await becomes('', { status: 500, body: { message: expect.stringContaining(message) } });
  };
  await asks({ path: '/nowhere' }, 'there is no web hook at this path; there are /validate, /mutate, /convert');
  await asks({ version: 'v1beta1' }, 'was asked AdmissionReview of admission.k8s.io/v1beta1');
  await asks({ path: '/convert' }, 'it answers ConversionReview of apiextensions.k8s.io/v1, and was asked');
  await applyValidating({ caBundle: bundle(first, second) });
  await becomes('', { status: 201 });
}, 60_000);

test('a kind is read in both of its versions, and watched in the one that is not stored', async () => {
  const key = { namespace, name: 'stored' };
  expect(await admin.get(plate('v2'), key, { signal })).toMatchObject({
    metadata: { labels: { of: 'us' } },
    spec: { width: 3, height: 4 },
  });
  expect(manager.store(watchedPlates).get(key)?.area).toBe(12);
  const body = {
    apiVersion: 'example.com/v2',
    kind: 'Plate',
    metadata: { name: 'new' },
    spec: { width: 5, height: 6 },
  };
  await admin.create(plate('v2'), namespace, body, { signal });
  expect(await admin.get(plate('v1'), { namespace, name: 'new' }, { signal })).toMatchObject({ spec: { size: '5x6' } });
  await eventually(() => {
    expect(manager.store(watchedPlates).get({ namespace, name: 'new' })?.area).toBe(30);
  });
  expect(await admin.list(plate('v1'), { namespace, signal })).toMatchObject([
    { spec: { size: '5x6' } },
    { spec: { size: '3x4' } },
  ]);
});

test('a check that never answers is not waited for longer than the configuration says, and told so', async () => {
  await applyValidating({ caBundle: bundle(first, second), failurePolicy: 'Ignore' });
  await eventually(
    async () => {
      expect(await create('silent')).toMatchObject({ status: 201 });
      expect(seen.at(-1)?.signal.aborted).toBe(true);
    },
    { withinMs: 30_000 },
  );
  await applyValidating({ caBundle: bundle(first, second) });
  await becomes('denied', { status: 422 });
  await eventually(async () => {
    expect(await counted('controller_runtime_webhook_requests_total')).toContain('webhook="/validate",code="504"');
  });
}, 60_000);

/** Whose certificate is shown to who trusts that authority. */
async function shown(authority: Certificate | undefined): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port: ports[0] ?? 0, host: '127.0.0.1', ca: authority?.cert ?? '' }, () => {
      resolve(socket.getPeerX509Certificate()?.toString() ?? '');
      socket.destroy();
    });
    socket.once('error', reject);
  });
}

test('the certificate is replaced while the API server goes on, and who trusts only the former is refused', async () => {
  expect((await shown(first)).trim()).toBe(first?.cert.trim());
  await secret.replace(second ?? { cert: '', key: '' });
  await eventually(
    async () => {
      expect(await create('denied')).toMatchObject({ status: 422 });
      expect((await shown(second)).trim()).toBe(second?.cert.trim());
    },
    { withinMs: 30_000 },
  );
  await expect(shown(first)).rejects.toThrow('self-signed certificate');
  await applyValidating({ caBundle: bundle(first) });
  const { body } = await becomes('', { status: 500 });
  expect(body.message).toContain('failed to verify certificate');
  await applyValidating({ caBundle: bundle(second) });
  await becomes('denied', { status: 422 });
}, 60_000);

test('what was asked before it stops is answered', async () => {
  const before = seen.length;
  const answer = create('slow');
  await eventually(() => {
    expect(seen.length).toBeGreaterThan(before);
  });
  stop.abort(new Error('stop'));
  await eventually(async () => {
    await expect(shown(second)).rejects.toThrow('ECONNREFUSED');
  });
  gate.resolve({ allowed: false, message: 'just in time' });
  expect(await answer).toMatchObject({
    status: 403,
    body: { message: 'admission webhook "size.example.com" denied the request: just in time' },
  });
  await ended;
});
