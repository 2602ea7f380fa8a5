// Who we are is what a client certificate says: on a control plane of its own, whose API server trusts the authorities of the test.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { KubeConfig } from '@kubernetes/client-node';
import { KubeClient } from '@dot-kube/operator';
import { FakeClock } from '@dot-kube/operator/testing';
import { type Cluster, startCluster } from '@dot-kube/operator/testing/cluster';
import { type Certificate, certificateForUser } from './fronts.js';
import { kubeConfig, Rig } from './rig.js';

const reviews = {
  group: 'authentication.k8s.io',
  version: 'v1',
  plural: 'selfsubjectreviews',
  kind: 'SelfSubjectReview',
  namespaced: false,
} as const;
const { signal } = new AbortController();

interface Users {
  readonly first: Certificate;
  readonly second: Certificate;
  /** Of an authority that the API server does not know. */
  readonly stranger: Certificate;
}

let users: Users;
let cluster: Cluster;
let directory: string;

beforeAll(async () => {
  const [first, second, stranger] = await Promise.all([
    certificateForUser('first', 'system:masters'),
    certificateForUser('second', 'system:masters'),
    certificateForUser('stranger', 'system:masters'),
  ]);
  users = { first, second, stranger };
  cluster = await startCluster({
    // The programs of the cluster of the whole run, where it runs on this machine.
    env: { ...process.env, KUBEBUILDER_ASSETS: dirname(process.env['KUBECTL'] ?? '/') },
    clientAuthorities: [first.cert, second.cert].join('\n'),
    onProgress: (line) => {
      process.stderr.write(`${line}\n`);
    },
  });
  directory = await mkdtemp(join(tmpdir(), 'dot-kube-client-certificate-'));
}, 900_000);

afterAll(async () => {
  await cluster.stop();
  await rm(directory, { recursive: true, force: true });
}, 60_000);

function configOf(user: { certFile: string; keyFile: string } | { certData: string; keyData: string }): KubeConfig {
  const { server = '', caData = '' } = kubeConfig(cluster.kubeconfigPath).getCurrentCluster() ?? {};
  const config = new KubeConfig();
  config.loadFromOptions({
    clusters: [{ name: 'it', server, caData, skipTLSVerify: false }],
    users: [{ name: 'me', ...user }],
    contexts: [{ name: 'it', cluster: 'it', user: 'me' }],
    currentContext: 'it',
  });
  return config;
}

function inlineOf({ cert, key }: Certificate): KubeConfig {
  const base64 = (text: string): string => Buffer.from(text).toString('base64');
  return configOf({ certData: base64(cert), keyData: base64(key) });
}

/** As the API server knows who asks. */
async function whoAsks(client: Pick<KubeClient, 'create'>): Promise<string> {
  const review = await client.create<{ status: { userInfo: { username: string } } }>(reviews, '', {}, { signal });
  return review.status.userInfo.username;
}

test('a certificate in the kubeconfig itself', async () => {
  const client = await KubeClient.from(inlineOf(users.first));
  expect(await whoAsks(client)).toBe('first');
  await client.close();
});

test('a certificate of an unknown authority is refused', async () => {
  const client = await KubeClient.from(inlineOf(users.stranger));
  await expect(whoAsks(client)).rejects.toMatchObject({ reason: 'Unauthorized' });
  await client.close();
});

test('files that are replaced are read again within a minute, and nothing is listed again', async () => {
  const clock = new FakeClock();
  const [certFile, keyFile] = [join(directory, 'user.crt'), join(directory, 'user.key')];
  const write = async ({ cert, key }: Certificate): Promise<void> => {
    await writeFile(certFile, cert);
    await writeFile(keyFile, key);
  };
  await write(users.first);
  const rig = await Rig.start('client-certificate', {
    clock,
    kubeconfigPath: cluster.kubeconfigPath,
    source: () => configOf({ certFile, keyFile }), // no function: the files alone change
  });
  try {
    await rig.putMany(0, 50, 'first');
    rig.run();
    await rig.store.synced;
    expect(await whoAsks(rig.manager.client)).toBe('first');
    await write(users.second);
    clock.advance(60_000);
    expect(await whoAsks(rig.manager.client)).toBe('second');
    await rig.putMany(25, 75, 'changed');
    await rig.removeMany(0, 10);
    await rig.becomesTrue();
    expect(await rig.counted('dotkube_informer_relists_total')).toBe(0);
  } finally {
    await rig.stop();
  }
}, 120_000);
