// Fills a server with pods of a usual size.
import { type KubeClient } from '@dot-kube/operator';

const pods = { group: '', version: 'v1', plural: 'pods', kind: 'Pod', namespaced: true } as const;
const namespaces = { group: '', version: 'v1', plural: 'namespaces', kind: 'Namespace', namespaced: false } as const;
const configMaps = { group: '', version: 'v1', plural: 'configmaps', kind: 'ConfigMap', namespaced: true } as const;
const AT_ONCE = 16;
const NAMESPACES = 20;
const APPS = 500;
const NODES = 500;
const { signal } = new AbortController();

export async function seedPods(client: KubeClient, count: number, say: (line: string) => void): Promise<void> {
  const owners: string[] = [];
  for (let i = 0; i < NAMESPACES; i++) owners.push(await seedNamespace(client, `bench-${i}`));
  const beganMs = performance.now();
  let next = 0;
  const work = async (): Promise<void> => {
    for (let i = next++; i < count; i = next++) {
      await client.create(pods, `bench-${i % NAMESPACES}`, pod(i, owners[i % NAMESPACES] ?? ''), { signal });
      if (i > 0 && i % 10_000 === 0)
        say(`${i} of ${count} pods, ${Math.round((performance.now() - beganMs) / 1_000)} s`);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
}

/** @returns the uid of an object that owns its pods */
async function seedNamespace(client: KubeClient, name: string): Promise<string> {
  await client.create(namespaces, '', { metadata: { name } }, { signal });
  const owner = { metadata: { name: 'owner' } };
  const { metadata } = await client.create<{ metadata: { uid: string } }>(configMaps, name, owner, { signal });
  return metadata.uid;
}

function pod(i: number, uid: string): object {
  const app = `app-${i % APPS}`;
  const env = Array.from({ length: 25 }, (_, k) => ({
    name: `SETTING_NUMBER_${k}`,
    value: `the value of setting ${k} of ${app}`,
  }));
  const container = (name: string): object => ({
    name,
    image: `registry.example.com/team/${name}:${i % 40}`,
    env,
    ports: [{ containerPort: 8080, name: 'http' }],
    resources: { requests: { cpu: '100m', memory: '128Mi' }, limits: { memory: '256Mi' } },
    readinessProbe: { httpGet: { path: '/ready', port: 'http' }, periodSeconds: 5 },
    livenessProbe: { httpGet: { path: '/alive', port: 'http' }, periodSeconds: 10 },
  });
  const owner = { apiVersion: 'v1', kind: 'ConfigMap', name: 'owner', uid };
  return {
    metadata: {
      name: `${app}-7c9d-${i}`,
      labels: { app, 'pod-template-hash': '7c9d', 'app.kubernetes.io/part-of': 'bench', tier: `tier-${i % 4}` },
      annotations: { 'example.com/configuration-hash': 'a'.repeat(64) },
      ownerReferences: [{ ...owner, controller: true, blockOwnerDeletion: true }],
    },
    spec: {
      nodeName: `node-${i % NODES}`,
      containers: [container('web'), container('proxy')],
      tolerations: [
        { key: 'node.kubernetes.io/not-ready', operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 300 },
      ],
    },
  };
}
