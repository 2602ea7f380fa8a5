// Who we are changes while the operator runs: a token is revoked, its file rotated, an exec plugin asked again, the server's
// certificate and its authority replaced; and the API server may be reached through a proxy only. Nothing is listed again.
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { KubeConfig, type User } from '@kubernetes/client-node';
import { isApiError, KubeClient } from '@dot-kube/operator';
import { type ApiProxy, eventually, FakeClock } from '@dot-kube/operator/testing';
import { runKubectl } from '@dot-kube/operator/testing/cluster';
import { certificateFor, type Front, startConnectProxy, startSocksProxy, startTlsFront } from './fronts.js';
import { configMaps, kubeConfig, Rig, type RigOptions, through } from './rig.js';

const LONG_MS = 120_000;
const { signal } = new AbortController();
const kubectl = {
  kubectlPath: process.env['KUBECTL'] ?? 'kubectl',
  kubeconfigPath: process.env['KUBECONFIG'] ?? '',
};
const roleBindings = {
  group: 'rbac.authorization.k8s.io',
  version: 'v1',
  plural: 'rolebindings',
  kind: 'RoleBinding',
  namespaced: true,
} as const;

let directory: string;
let rig: Rig | undefined;
let front: Front | undefined;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'dot-kube-credentials-'));
});

afterEach(async () => {
  await rig?.stop();
  await front?.close();
  [rig, front] = [undefined, undefined];
  await rm(directory, { recursive: true, force: true });
}, LONG_MS);

async function start(namespace: string, options: RigOptions): Promise<Rig> {
  const started = await Rig.start(namespace, options);
  rig = started;
  await started.putMany(0, 50, 'first');
  return started;
}

/** A service account that may do in its namespace what the rig does. @returns its token */
async function accountIn(namespace: string, name: string): Promise<string> {
  await runKubectl(kubectl, ['create', 'serviceaccount', name, `--namespace=${namespace}`]);
  return (await runKubectl(kubectl, ['create', 'token', name, `--namespace=${namespace}`])).trim();
}

/** The API server itself refuses the token from then on. */
async function revoke(namespace: string, name: string, token: string): Promise<void> {
  await runKubectl(kubectl, ['delete', 'serviceaccount', name, `--namespace=${namespace}`]);
  const { server = '', caData } = kubeConfig().getCurrentCluster() ?? {};
  const client = await KubeClient.from(configOf({ server, ...(caData === undefined ? {} : { caData }) }, { token }));
  // It keeps what it knows of a token for ten seconds.
  await eventually(
    async () => {
      const refused = await client.list(configMaps, { signal, namespace }).then(
        () => false,
        (error: unknown) => isApiError(error, 'Unauthorized'),
      );
      expect(refused).toBe(true);
    },
    { withinMs: 60_000, everyMs: 250 },
  );
  await client.close();
}

interface ClusterOptions {
  readonly server: string;
  readonly caData?: string;
  readonly caFile?: string;
  readonly skipTLSVerify?: boolean;
  readonly tlsServerName?: string;
  readonly proxyUrl?: string;
}

function configOf(cluster: ClusterOptions, user: Omit<User, 'name'>): KubeConfig {
  const config = new KubeConfig();
  config.loadFromOptions({
    clusters: [{ name: 'it', skipTLSVerify: false, ...cluster }],
    users: [{ name: 'me', ...user }],
    contexts: [{ name: 'it', cluster: 'it', user: 'me' }],
    currentContext: 'it',
  });
  return config;
}

async function namespaceFor(name: string): Promise<string> {
  const admin = await KubeClient.from(kubeConfig());
  const namespace = `credentials-${name}`;
  const path = { group: '', version: 'v1', plural: 'namespaces', kind: 'Namespace', namespaced: false } as const;
  await admin.create(path, '', { metadata: { name: namespace } }, { signal });
  const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'view' };
  const subjects = [{ apiGroup: roleRef.apiGroup, kind: 'Group', name: `system:serviceaccounts:${namespace}` }];
  await admin.create(roleBindings, namespace, { metadata: { name: 'readers' }, roleRef, subjects }, { signal });
  await admin.close();
  return namespace;
}

/** The watch breaks, and wants to go on with a token that is worth nothing any more. */
async function recovers(of: Rig): Promise<void> {
  of.proxy.breakConnections();
  await of.putMany(25, 75, 'changed');
  await of.removeMany(0, 10);
  await of.becomesTrue({ withinMs: 30_000 });
  expect(await of.counted('dotkube_informer_relists_total')).toBe(0);
  expect(await of.counted('dotkube_informer_restarts_total')).toBeLessThanOrEqual(2); // the break, and no storm after it
}

test(
  'a token that is revoked in the middle of a run is asked for anew at the first 401',
  async () => {
    const namespace = await namespaceFor('token');
    let token = await accountIn(namespace, 'first');
    let asked = 0;
    const source = (proxy: ApiProxy) => () => {
      asked++;
      return through(proxy, token);
    };
    const started = await start(namespace, { source });
    started.run();
    await started.store.synced;
    const former = token;
    token = await accountIn(namespace, 'second');
    await revoke(namespace, 'first', former);
    await recovers(started);
    expect(asked).toBe(2);
  },
  LONG_MS,
);

test(
  'a token file that is rotated is read again',
  async () => {
    const namespace = await namespaceFor('file');
    const tokenFile = join(directory, 'token');
    const former = await accountIn(namespace, 'first');
    await writeFile(tokenFile, `${former}\n`);
    const user = { authProvider: { name: 'tokenFile', config: { tokenFile } } }; // as client-node has it in a pod
    const started = await start(namespace, {
      source: (proxy) => () => configOf({ server: proxy.url, skipTLSVerify: true }, user),
    });
    started.run();
    await started.store.synced;
    await writeFile(tokenFile, `${await accountIn(namespace, 'second')}\n`);
    await revoke(namespace, 'first', former);
    await recovers(started);
  },
  LONG_MS,
);

const PLUGIN = `
import { appendFileSync, readFileSync } from 'node:fs';
appendFileSync(process.env.RUNS, 'x');
const token = readFileSync(process.env.TOKEN, 'utf8');
const status = { token, expirationTimestamp: new Date(Date.now() + 3600_000).toISOString() };
console.log(JSON.stringify({ apiVersion: 'client.authentication.k8s.io/v1', kind: 'ExecCredential', status }));
`;

test(
  'an exec plugin is run once, and again when what it gave is refused',
  async () => {
    const namespace = await namespaceFor('exec');
    const [plugin, runs, tokenFile] = [
      join(directory, 'plugin.mjs'),
      join(directory, 'runs'),
      join(directory, 'token'),
    ];
    const former = await accountIn(namespace, 'first');
    await writeFile(plugin, PLUGIN);
    await writeFile(tokenFile, former);
    const env = [
      { name: 'RUNS', value: runs },
      { name: 'TOKEN', value: tokenFile },
    ];
    const exec = { apiVersion: 'client.authentication.k8s.io/v1', command: process.execPath, args: [plugin], env };
    const started = await start(namespace, {
      source: (proxy) => () => configOf({ server: proxy.url, skipTLSVerify: true }, { exec }),
    });
    started.run();
    await started.store.synced;
    expect(await readFile(runs, 'utf8')).toBe('x');
    await writeFile(tokenFile, await accountIn(namespace, 'second'));
    await revoke(namespace, 'first', former);
    await recovers(started);
    expect(await readFile(runs, 'utf8')).toBe('xx');
  },
  LONG_MS,
);

test(
  'a server certificate from a new authority is trusted once the file of the authority names it',
  async () => {
    const clock = new FakeClock();
    const caFile = join(directory, 'ca.crt');
    const [former, next] = await Promise.all([certificateFor('api.test'), certificateFor('api.test')]);
    await writeFile(caFile, former.cert);
    let target = 0;
    const tls = await startTlsFront(former, () => target);
    front = tls;
    const token = kubeConfig().getCurrentUser()?.token ?? '';
    const server = `https://127.0.0.1:${tls.port}`;
    const started = await start('credentials-authority', {
      clock,
      source: ({ url }) => {
        target = Number(new URL(url).port);
        return configOf({ server, caFile, tlsServerName: 'api.test' }, { token }); // no function: the file alone changes
      },
    });
    started.run();
    await started.store.synced;
    tls.replace(next);
    await started.putMany(25, 75, 'changed');
    await eventually(async () => {
      clock.advance(1_000);
      expect(await started.counted('dotkube_informer_restarts_total')).toBeGreaterThanOrEqual(3); // not trusted
    });
    await writeFile(caFile, next.cert);
    const beganMs = clock.monotonicMs();
    await started.becomesTrue({
      meanwhile: () => {
        clock.advance(1_000);
      },
    });
    expect(clock.monotonicMs() - beganMs).toBeLessThanOrEqual(90_000);
    expect(await started.counted('dotkube_informer_relists_total')).toBe(0);
  },
  LONG_MS,
);

test.each([
  { spokenTo: 'by plain HTTP', scheme: 'http' },
  { spokenTo: 'by TLS, with a certificate of an authority of the kubeconfig', scheme: 'https' },
])(
  'everything goes through the proxy that the kubeconfig names, which is spoken to $spokenTo',
  async ({ scheme }) => {
    const { server = '', caData = '' } = kubeConfig().getCurrentCluster() ?? {};
    const token = kubeConfig().getCurrentUser()?.token ?? '';
    // A name that the API server's certificate has and that only the proxy can find.
    const host = 'kubernetes.default.svc:443';
    const ports = { [host]: Number(new URL(server).port) };
    const certificate = scheme === 'https' ? await certificateFor('localhost') : undefined;
    const proxy = await startConnectProxy({ ports, certificate, login: 'me:s3cret/:' });
    front = proxy;
    const cluster = {
      server: `https://${host}`,
      proxyUrl: `${scheme}://me:s3cret%2F%3A@localhost:${proxy.port}`,
      caData: certificate === undefined ? caData : joined(caData, certificate.cert),
    };
    const started = await start(`credentials-proxy-${scheme}`, { source: () => configOf(cluster, { token }) });
    started.run();
    await started.store.synced;
    await started.putMany(25, 75, 'changed');
    await started.becomesTrue();
    expect(new Set(proxy.asked)).toEqual(new Set([host]));
  },
  LONG_MS,
);

test(
  'everything goes through a SOCKS proxy, where the kubeconfig names one',
  async () => {
    const { server = '', caData = '' } = kubeConfig().getCurrentCluster() ?? {};
    const host = 'kubernetes.default.svc:443';
    const proxy = await startSocksProxy({ [host]: Number(new URL(server).port) });
    front = proxy;
    const cluster = { server: `https://${host}`, proxyUrl: `socks5://127.0.0.1:${proxy.port}`, caData };
    const token = kubeConfig().getCurrentUser()?.token ?? '';
    const started = await start('credentials-proxy-socks', { source: () => configOf(cluster, { token }) });
    started.run();
    await started.store.synced;
    await started.putMany(25, 75, 'changed');
    await started.becomesTrue();
    expect(new Set(proxy.asked)).toEqual(new Set([host]));
  },
  LONG_MS,
);

test('a proxy is not spoken to whose certificate nobody vouches for', async () => {
  const { caData = '' } = kubeConfig().getCurrentCluster() ?? {};
  const proxy = await startConnectProxy({ certificate: await certificateFor('localhost') });
  front = proxy;
  const cluster = { server: 'https://kubernetes.default.svc', proxyUrl: `https://localhost:${proxy.port}`, caData };
  const client = await KubeClient.from(configOf(cluster, { token: 'secret' }));
  const watch = client.stream({ method: 'GET', verb: 'watch', path: '/api/v1/pods' }, signal);
  await expect(watch).rejects.toThrow('self-signed certificate');
  expect(proxy.asked).toEqual([]);
  await client.close();
});

test(
  'a proxy that says nothing is given up, and asked again',
  async () => {
    const { server = '', caData = '' } = kubeConfig().getCurrentCluster() ?? {};
    const host = 'kubernetes.default.svc:443';
    const proxy = await startConnectProxy({ ports: { [host]: Number(new URL(server).port) }, deafTo: 1 });
    front = proxy;
    const cluster = { server: `https://${host}`, proxyUrl: `http://localhost:${proxy.port}`, caData };
    const client = await KubeClient.from(configOf(cluster, { token: kubeConfig().getCurrentUser()?.token ?? '' }));
    const beganMs = performance.now();
    await client.list(configMaps, { signal, namespace: 'default' });
    expect(performance.now() - beganMs).toBeLessThanOrEqual(20_000);
    expect(proxy.asked).toEqual([host, host]);
    await client.close();
  },
  LONG_MS,
);

test('where a proxy lets nobody through, that is said, and no password with it', async () => {
  const proxy = await startConnectProxy({ login: 'me:another' });
  front = proxy;
  const cluster = { server: 'https://kubernetes.default.svc', proxyUrl: `http://me:s3cret@localhost:${proxy.port}` };
  const client = await KubeClient.from(configOf(cluster, { token: 'hidden' }));
  const refused = await client
    .create(configMaps, 'default', {}, { signal })
    .catch((error: unknown) => (error instanceof Error ? error : new Error('no error')));
  expect(refused).toMatchObject({ reason: 'Unreachable', message: expect.stringContaining('407') });
  expect(inspect(refused, { depth: 10 })).not.toMatch(/s3cret|hidden/);
  await client.close();
});

/** Two PEMs, of which the first is in base64 already. */
function joined(caData: string, pem: string): string {
  return Buffer.concat([Buffer.from(caData, 'base64'), Buffer.from(`\n${pem}`)]).toString('base64');
}
