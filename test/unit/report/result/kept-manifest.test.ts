import { randomBytes } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import type { ObservedTarget } from '../../../../src/observe/observed.js';
import type { Note } from '../../../../src/plan/note.js';
import type { Fields } from '../../../../src/api/json.js';
import { keptManifest, type KeepInput, LEFT_OUT, unpacked } from '../../../../src/report/result/kept-manifest.js';
import { aTarget, now } from '../../../builders/builders.js';

const SECRET = 'hunter2';

function aDeployment(spec: object = {}, annotations: Fields = {}): Fields {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: {
      ...{ namespace: 'shop', name: 'web', uid: 'uid-web', resourceVersion: '10', generation: 4 },
      ...{ creationTimestamp: now.toISOString(), managedFields: [{ manager: 'kubectl' }], ownerReferences: [{}] },
      labels: { team: 'a' },
      annotations: {
        'example.com/mine': 'yes',
        'deployment.kubernetes.io/revision': '3',
        'kubectl.kubernetes.io/last-applied-configuration': JSON.stringify({ value: SECRET }),
        ...annotations,
      },
    },
    spec: {
      replicas: 3,
      template: {
        spec: {
          containers: [
            {
              name: 'main',
              image: 'shop/web:1',
              args: ['--port=80'],
              env: [
                { name: 'PASSWORD', value: SECRET },
                { name: 'EMPTY' },
                { name: 'POD', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } },
              ],
              envFrom: [{ secretRef: { name: 'more' } }],
            },
          ],
          initContainers: [{ name: 'init', env: [{ name: 'TOKEN', value: SECRET }] }],
        },
      },
      ...spec,
    },
    status: { replicas: 3 },
  };
}

function kept(object: Fields, differs: Partial<KeepInput> = {}) {
  const manifest = keptManifest({ object, target: aTarget(), note: undefined, keepsEnvValues: false, ...differs });
  if (manifest === undefined) throw new Error('it is too large');
  return { manifest, object: unpacked(manifest) };
}

test('what its owner had applied is kept, and nothing that the API server set', () => {
  expect(kept(aDeployment()).object).toEqual({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { namespace: 'shop', name: 'web', labels: { team: 'a' }, annotations: { 'example.com/mine': 'yes' } },
    spec: {
      replicas: 3,
      template: {
        spec: {
          containers: [
            {
              name: 'main',
              image: 'shop/web:1',
              args: ['--port=80'],
              env: [
                { name: 'PASSWORD', value: LEFT_OUT },
                { name: 'EMPTY' },
                { name: 'POD', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } },
              ],
              envFrom: [{ secretRef: { name: 'more' } }],
            },
          ],
          initContainers: [{ name: 'init', env: [{ name: 'TOKEN', value: LEFT_OUT }] }],
        },
      },
    },
  });
});

test('the values of environment variables are left out, whatever the kind, and counted; unless they are asked for', () => {
  const custom = {
    ...{ apiVersion: 'acme.io/v1', kind: 'Farm', metadata: { namespace: 'shop', name: 'web' } },
    spec: { pools: [{ name: 'a', deep: { env: [{ name: 'A', value: SECRET }] } }] },
  };
  for (const object of [aDeployment(), custom]) {
    const { manifest, object: unpackedObject } = kept(object);
    expect(JSON.stringify(unpackedObject)).not.toContain(SECRET);
    expect(manifest.envValuesLeftOut).toBe(object === custom ? 1 : 2);
    const whole = kept(object, { keepsEnvValues: true });
    expect(JSON.stringify(whole.object)).toContain(SECRET);
    expect(whole.manifest.envValuesLeftOut).toBe(0);
    expect(JSON.stringify(whole.object)).not.toContain('last-applied');
  }
});

describe('of what was stopped before it was deleted', () => {
  const note = (before: Note['before'], paused?: Note['paused']): Note => ({
    ...{ before, at: now.toISOString(), attempts: 1, policy: 'shop/base', digests: {} },
    ...(paused === undefined ? {} : { paused }),
  });
  const stopped: Partial<ObservedTarget> = { stop: { by: 'replicas', replicas: 0 } };

  test('the replicas are kept that it had, and no note', () => {
    const object = aDeployment({ replicas: 0 }, { 'kubexray.io/stopped': '{}' });
    const back = kept(object, { target: aTarget(stopped), note: note({ by: 'replicas', replicas: 3 }) }).object;
    expect(back?.['spec']).toMatchObject({ replicas: 3 });
    expect(back?.metadata['annotations']).toEqual({ 'example.com/mine': 'yes' });
  });

  test('what somebody set since is kept', () => {
    const object = aDeployment({ replicas: 5 }, { 'kubexray.io/stopped': '{}' });
    const target = aTarget({ stop: { by: 'replicas', replicas: 5 } });
    const back = kept(object, { target, note: note({ by: 'replicas', replicas: 3 }) }).object;
    expect(back?.['spec']).toMatchObject({ replicas: 5 });
  });

  test('the label goes from the node selector, and Flux is told what it was told before', () => {
    const reconcile = 'kustomize.toolkit.fluxcd.io/reconcile';
    const template = { spec: { nodeSelector: { 'kubexray.io/stopped': 'true', disk: 'ssd' } } };
    const object = aDeployment({ template }, { [reconcile]: 'disabled' });
    const target = aTarget({ stop: { by: 'nodeSelector', matchesNoNode: true }, fluxReconcile: 'disabled' });
    const back = kept(object, { target, note: note({ by: 'nodeSelector' }, { flux: { before: null } }) }).object;
    expect(back?.['spec']).toMatchObject({ template: { spec: { nodeSelector: { disk: 'ssd' } } } });
    expect(JSON.stringify(back)).not.toMatch(/stopped|disabled/u);
  });
});

test('a Job loses what the API server makes anew for each, unless its owner has chosen it', () => {
  const labels = { app: 'web', 'batch.kubernetes.io/controller-uid': 'u', 'controller-uid': 'u', 'job-name': 'web' };
  const job = (more: object) => ({
    ...{ apiVersion: 'batch/v1', kind: 'Job', metadata: { namespace: 'shop', name: 'web', labels } },
    spec: { selector: { matchLabels: { 'controller-uid': 'u' } }, template: { metadata: { labels } }, ...more },
  });
  expect(kept(job({})).object).toMatchObject({
    metadata: { labels: { app: 'web' } },
    spec: { template: { metadata: { labels: { app: 'web' } } } },
  });
  expect(JSON.stringify(kept(job({})).object)).not.toMatch(/controller-uid|job-name|selector/u);
  expect(kept(job({ manualSelector: true })).object?.['spec']).toHaveProperty('selector');
});

test('a Pod loses its node and what admission had added', () => {
  const pod = {
    ...{ apiVersion: 'v1', kind: 'Pod', metadata: { namespace: 'shop', name: 'web' } },
    spec: {
      ...{ nodeName: 'node-1', priority: 0, preemptionPolicy: 'PreemptLowerPriority', ephemeralContainers: [{}] },
      volumes: [{ name: 'kube-api-access-x' }, { name: 'data' }],
      containers: [{ name: 'main', volumeMounts: [{ name: 'kube-api-access-x' }, { name: 'data' }] }],
    },
  };
  expect(kept(pod).object?.['spec']).toEqual({
    volumes: [{ name: 'data' }],
    containers: [{ name: 'main', volumeMounts: [{ name: 'data' }] }],
  });
});

test('what does not fit is not kept', () => {
  const noise = randomBytes(200_000).toString('base64');
  const input = { target: aTarget(), note: undefined, keepsEnvValues: false };
  expect(keptManifest({ ...input, object: aDeployment({}, { noise }) })).toBeUndefined();
  expect(keptManifest({ ...input, object: aDeployment({}, { padding: 'x'.repeat(1_000_000) }) })).toBeDefined();
});

test.each([
  ['no base64', '%%%'],
  ['no gzip', Buffer.from('{}').toString('base64')],
])('%s is no manifest', (_, gzip) => {
  expect(unpacked({ gzip })).toBeUndefined();
});
