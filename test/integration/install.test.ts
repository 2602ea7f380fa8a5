// config/ applies as it stands, and the shipped role is enough for the operator to run.
import { expect, test } from '@jest/globals';
import { KubeConfig } from '@kubernetes/client-node';
import { KubeClient } from '@dot-kube/operator';
import { eventually } from '@dot-kube/operator/testing';
import type { XrayConnection, XrayScanResult } from '../../src/api/v1alpha1/types.js';
import { digestOf } from '../cluster/digest.js';
import { kubectl } from '../cluster/kubectl.js';
import { startSimulator } from '../xray-simulator/simulator.js';
import {
  aNamespace,
  anXrayPolicy,
  apply,
  aWorkload,
  get,
  installOperator,
  OPERATOR_NAMESPACE,
  startOperator,
  TOKEN,
} from './harness.js';

/** A client with the shipped service account's token: it may do what config/rbac gives, and no more. */
async function asServiceAccount(): Promise<KubeClient> {
  const token = await kubectl(['-n', OPERATOR_NAMESPACE, 'create', 'token', 'kubexray-operator']);
  const admin = new KubeConfig();
  admin.loadFromDefault();
  const cluster = admin.getCurrentCluster();
  if (cluster === null) throw new Error('the kubeconfig of the tests names no cluster');
  const kubeConfig = new KubeConfig();
  kubeConfig.loadFromClusterAndUser(cluster, { name: 'operator', token: token.trim() });
  return KubeClient.from(kubeConfig);
}

test('config/default applies, and the operator does its job under the shipped role', async () => {
  const simulator = await startSimulator({ token: TOKEN });
  await kubectl(['apply', '--server-side', '--validate=strict', '-k', 'config/default']);
  await installOperator(simulator.url);
  const operator = await startOperator(await asServiceAccount());
  try {
    const namespace = 'install';
    simulator.put(digestOf('install/web:1'), { licenses: ['AGPL-3.0-only'] });
    await apply(aNamespace(namespace));
    const license = { denied: ['AGPL-*'], actions: { deployments: 'ScaleDown', statefulSets: 'Delete' } };
    await apply(anXrayPolicy(namespace, { mode: 'Enforce', license }));
    await apply(aWorkload(namespace, { image: 'install/web:1' }));
    await apply(aWorkload(namespace, { kind: 'StatefulSet', name: 'db', image: 'install/web:1' }));
    await eventually(
      async () => {
        const connection = await get<XrayConnection>('xconn', '', 'default');
        expect(connection.status?.conditions).toContainEqual(
          expect.objectContaining({ type: 'Ready', status: 'True' }),
        );
        const deployment = await get<XrayScanResult>('xscan', namespace, 'deployment-web');
        expect(deployment.status).toMatchObject({ action: 'ScaledDown' });
        const set = await get<XrayScanResult>('xscan', namespace, 'statefulset-db');
        expect(set.status).toMatchObject({ action: 'Deleted', enforcement: { phase: 'Done' } });
      },
      { withinMs: 40_000, everyMs: 200 },
    );
    await kubectl(['-n', namespace, 'delete', 'deployment', 'web']);
    await eventually(
      async () => {
        await expect(get('xscan', namespace, 'deployment-web')).rejects.toThrow('NotFound');
      },
      { withinMs: 20_000 },
    );
  } finally {
    await operator.stop();
    await simulator.close();
    await kubectl(['-n', OPERATOR_NAMESPACE, 'delete', 'deployment', 'kubexray-operator', '--wait=false']);
  }
}, 90_000);
