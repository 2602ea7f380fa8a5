import { expect, test } from '@jest/globals';
import { KubeApiError } from '@dot-kube/operator';
import type { Judgement } from '../../../../src/evaluate/verdict.js';
import { Rollbacks, type RollbackQuestion } from '../../../../src/controllers/workloads/rollback.js';
import type { RevisionClient } from '../../../../src/observe/revisions.js';
import { aDigest, aPod, aReplicaSet, aTarget, aViolation, aWorkload, now } from '../../../builders/builders.js';

const judgement: Judgement = {
  ...{ verdict: 'Violating', images: [], applied: [], waived: [], leftovers: [], waivedLeftovers: [], open: [] },
  ...{ violations: [aViolation({ rollsBack: true })], demand: 'ScaleDown', auditDemand: 'Ignore' },
  ...{ allowsDataLoss: false, undecided: false },
};
const template = {
  metadata: { labels: { app: 'web', 'pod-template-hash': '1' } },
  spec: { containers: [{ name: 'web', image: 'shop/web:1' }] },
};

/** It has one revision, `web-1`, of which a pod runs. */
function aQuestion(differs: Partial<RollbackQuestion> = {}): RollbackQuestion {
  const target = aTarget({ generation: 2, templateContainers: [] });
  const ref = { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'shop', name: 'web' };
  return {
    ...{ key: 'web', workload: aWorkload({ target, images: [] }), note: undefined, isCutOff: false },
    sighted: { ref, target, pods: [aPod()], owners: [aReplicaSet()], uid: 'uid-web' },
    ...{ judgement, status: undefined, now },
    ...differs,
  };
}

function aClient(answer: () => object): RevisionClient {
  return {
    // eslint-disable-next-line @typescript-eslint/no-unsafe-type-assertion -- what it answers is what the test is about
    get: async <O>() => Promise.resolve(answer() as O),
    list: async () => Promise.reject(new Error('a Deployment has no ControllerRevisions')),
  };
}

const replicaSet = () => ({ metadata: { name: 'web-1', uid: 'uid-rs-1' }, spec: { template } });
const compliant = () => ({ verdict: 'Compliant' as const, undecided: false, images: [] });
const { signal } = new AbortController();

test('before its controller has made a revision of a bad template, the newest there is can be gone back to', async () => {
  const found = await new Rollbacks(aClient(replicaSet)).candidates(aQuestion(), signal);
  expect(found.images).toMatchObject([{ reference: 'shop/web:1', digest: aDigest() }]);
  expect(found.choose(compliant, () => false)).toEqual({
    option: {
      kind: 'to',
      from: { name: '', number: 2 },
      to: {
        name: 'web-1',
        number: 1,
        templateLabels: { app: 'web' },
        templateContainers: [{ name: 'web', kind: 'Container', image: 'shop/web:1' }],
        template: { ...template, metadata: { labels: { app: 'web' } } },
      },
    },
  });
});

test('the current revision is none to go back to', async () => {
  const workload = aWorkload({ target: aTarget(), revision: 'web-1' });
  const found = await new Rollbacks(aClient(replicaSet)).candidates(aQuestion({ workload }), signal);
  expect(found.choose(compliant, () => false)).toMatchObject({ option: { kind: 'none' } });
});

test('one that the API server refused is not tried again, until the workload is gone', async () => {
  const rollbacks = new Rollbacks(aClient(replicaSet));
  const to = { name: 'web-1', number: 1 };
  const note = { from: { name: '', number: 2 }, to, at: now.toISOString(), policy: 'shop/base', digests: [] };
  const choice = async () => (await rollbacks.candidates(aQuestion(), signal)).choose(compliant, () => false);
  rollbacks.refused('web', note);
  expect(await choice()).toMatchObject({ option: { kind: 'none' } });
  rollbacks.gone('web');
  expect(await choice()).toMatchObject({ option: { kind: 'to' } });
});

test('without the right to read the history it is scaled down, and that is said', async () => {
  const client = aClient(() => {
    throw new KubeApiError(403, 'Forbidden', 'no');
  });
  const found = await new Rollbacks(client).candidates(aQuestion(), signal);
  const told = found.choose(compliant, () => false);
  expect(told === 'asking' ? '' : told.option?.kind === 'none' && told.option.why).toContain(
    'config/rbac/rollback.yaml',
  );
});

test('a failure to read it decides nothing', async () => {
  const client = aClient(() => {
    throw new KubeApiError(503, 'ServiceUnavailable', 'later');
  });
  await expect(new Rollbacks(client).candidates(aQuestion(), signal)).rejects.toThrow('later');
});

test('a history that is cut short meanwhile is no failure', async () => {
  const client = aClient(() => {
    throw new KubeApiError(404, 'NotFound', 'gone');
  });
  const found = await new Rollbacks(client).candidates(aQuestion(), signal);
  expect(found.choose(compliant, () => false)).toMatchObject({
    option: { kind: 'none', why: 'its history holds no former revision' },
  });
});
