/** What the pretended kubelets report, since all other tests rely on it. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { stringify } from 'yaml';
import { digestOf } from '../../cluster/digest.js';
import { kubectl } from '../../cluster/kubectl.js';

const namespace = `kubelet-${randomUUID().slice(0, 8)}`;
const given = `sha256:${'a'.repeat(64)}`;

async function createPod(name: string, images: readonly string[], annotations: Readonly<Record<string, string>> = {}) {
  const containers = images.map((image, i) => ({ name: `c${i}`, image }));
  const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name, namespace, annotations }, spec: { containers } };
  await kubectl(['create', '-f', '-'], { input: stringify(pod) });
}

async function imageIds(name: string, kind = 'containerStatuses'): Promise<string[]> {
  const path = `jsonpath={range .status.${kind}[*]}{.imageID}{"\\n"}{end}`;
  return (await kubectl(['get', 'pod', name, '-n', namespace, '-o', path])).split('\n').slice(0, -1);
}

async function untilReady(name: string): Promise<void> {
  await kubectl(['wait', '--for=condition=Ready', `pod/${name}`, '-n', namespace, '--timeout=20s']);
}

describe('the pretended kubelet', () => {
  beforeAll(async () => {
    await kubectl(['create', 'namespace', namespace]);
    await kubectl(['wait', '--for=create', 'serviceaccount/default', '-n', namespace, '--timeout=20s']);
  });

  afterAll(async () => {
    await kubectl(['delete', 'namespace', namespace, '--wait=false']);
  });

  it.each([
    ['nginx', 'docker.io/library/nginx'],
    ['docker.io/nginx:1.27', 'docker.io/library/nginx'],
    ['team/app', 'docker.io/team/app'],
    ['localhost/app', 'localhost/app'],
    ['registry:5000/group/team/app:1', 'registry:5000/group/team/app'],
    [`ghcr.io/team/app:2@${given}`, 'ghcr.io/team/app'],
  ])('reports for %s a digest that digestOf knows', async (image, repository) => {
    const name = `digest-${randomUUID().slice(0, 8)}`;
    await createPod(name, [image]);
    await untilReady(name);
    expect(await imageIds(name)).toEqual([`${repository}@${digestOf(image)}`]);
  });

  it.each([
    ['docker-pullable', `docker-pullable://docker.io/library/nginx@${digestOf('nginx')}`],
    ['digest', digestOf('nginx')],
  ])('writes the imageID in the form %s when the pod asks for it', async (form, imageId) => {
    await createPod(form, ['nginx'], { 'test.kubexray.io/image-id': form });
    await untilReady(form);
    expect(await imageIds(form)).toEqual([imageId]);
  });

  it('keeps a pod in ContainerCreating while its image must not be pulled', async () => {
    await createPod('never', ['nginx', 'redis'], { 'test.kubexray.io/image-pull': 'never' });
    const reason = '{.status.containerStatuses[0].state.waiting.reason}';
    const wait = ['wait', `--for=jsonpath=${reason}=ContainerCreating`, 'pod/never', '-n', namespace, '--timeout=20s'];
    await kubectl(wait);
    await createPod('later', ['nginx']);
    await untilReady('later'); // one that came after it runs already
    expect(await imageIds('never')).toEqual(['', '']);
    await kubectl(['annotate', 'pod', 'never', '-n', namespace, 'test.kubexray.io/image-pull-']);
    await untilReady('never');
  });

  it('restarts a container that gets another image', async () => {
    await createPod('changed', ['nginx', 'redis']);
    await untilReady('changed');
    await kubectl(['set', 'image', 'pod/changed', 'c1=redis:8', '-n', namespace]);
    const restarted = '--for=jsonpath={.status.containerStatuses[1].restartCount}=1';
    await kubectl(['wait', restarted, 'pod/changed', '-n', namespace, '--timeout=20s']);
    expect(await imageIds('changed')).toEqual(
      ['docker.io/library/nginx', 'docker.io/library/redis'].map((repository, i) => {
        return `${repository}@${digestOf(i === 0 ? 'nginx' : 'redis:8')}`;
      }),
    );
  });

  it('runs an ephemeral container', async () => {
    await createPod('debugged', ['nginx']);
    await untilReady('debugged');
    await kubectl(['debug', 'debugged', '-n', namespace, '--image=busybox:1', '--container=look', '--profile=general']);
    const there = '--for=jsonpath={.status.ephemeralContainerStatuses[0].state.running}';
    await kubectl(['wait', there, 'pod/debugged', '-n', namespace, '--timeout=20s']);
    const ids = await imageIds('debugged', 'ephemeralContainerStatuses');
    expect(ids).toEqual([`docker.io/library/busybox@${digestOf('busybox:1')}`]);
  });
});
