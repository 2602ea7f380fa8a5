// What users get wrong: each a condition with a reason that says what to do, an Event, and nothing enforced.
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { eventually } from '@dot-kube/operator/testing';
import type { XrayConnection, XrayPolicy, XrayScanResult } from '../../src/api/v1alpha1/types.js';
import { generate } from 'selfsigned';
import { digestOf } from '../cluster/digest.js';
import { kubectl } from '../cluster/kubectl.js';
import { startSimulator } from '../xray-simulator/simulator.js';
import { type SimulatorProcess, startSimulatorProcess } from '../xray-simulator/process.js';
import { aConnection, aNamespace, anXrayPolicy, aWorkload } from '../builders/manifests.js';
import { read } from '../cluster/live.js';
import { apply, installOperator, OPERATOR_NAMESPACE, type RunningOperator, startOperator, TOKEN } from './harness.js';

let simulator: SimulatorProcess;
let operator: RunningOperator;
const namespace = 'bad-input';
const actions = { deployments: 'ScaleDown' };
const SOON = { withinMs: 30_000, everyMs: 200 };

beforeAll(async () => {
  simulator = await startSimulatorProcess({ token: TOKEN });
  await simulator.put(digestOf('bad/web:1'), { licenses: ['GPL-3.0-only'] });
  await installOperator(simulator.url);
  await apply(aNamespace(namespace));
  operator = await startOperator();
}, 60_000);

afterAll(async () => {
  await apply(aConnection(simulator.url));
  await operator.stop();
  await simulator.close();
}, 60_000);

async function connectionReady(): Promise<{ status: string; reason: string; message: string } | undefined> {
  const { status } = await read<XrayConnection>('xconn', '', 'default');
  return status?.conditions?.find(({ type }) => type === 'Ready');
}

async function expectReason(reason: string): Promise<void> {
  await eventually(async () => {
    const ready = await connectionReady();
    expect(ready).toMatchObject({ status: reason === 'Ready' ? 'True' : 'False', reason });
    expect(ready?.message).not.toContain(TOKEN);
    const events = await kubectl([
      'get',
      'events.events.k8s.io',
      '-n',
      'default',
      '-o',
      'name',
      '--field-selector',
      `reason=${reason},regarding.kind=XrayConnection`,
    ]);
    if (reason !== 'Ready') expect(events).not.toBe('');
  }, SOON);
}

test('a policy that makes no sense says so, and its last valid form stays in force', async () => {
  await apply(anXrayPolicy(namespace, { mode: 'Enforce', license: { denied: ['GPL-*'], actions } }));
  await eventually(async () => {
    const policy = await read<XrayPolicy>('xpol', namespace, 'base');
    expect(policy.status?.lastValid).toBeDefined();
  }, SOON); // the operator has just been started
  await apply(anXrayPolicy(namespace, { mode: 'Enforce', license: { denied: ['^GPL.*$'], actions } }));
  await eventually(async () => {
    const policy = await read<XrayPolicy>('xpol', namespace, 'base');
    expect(policy.status?.conditions).toMatchObject([
      { type: 'Ready', status: 'False', reason: 'InvalidLicensePattern' },
    ]);
  }, SOON);
  await apply(aWorkload(namespace, { image: 'bad/web:1' }));
  await eventually(
    async () => {
      const result = await read<XrayScanResult>('xscan', namespace, 'deployment-web');
      expect(result.status).toMatchObject({ verdict: 'Violating', action: 'ScaledDown' });
    },
    { withinMs: 30_000 },
  );
}, 60_000);

test.each([
  ['wrong credentials', { accessToken: 'wrong' }, 'CredentialsRefused'],
  ['an empty Secret', { accessToken: '' }, 'SecretInvalid'],
  ['good credentials again', { accessToken: TOKEN }, 'Ready'],
])(
  '%s',
  async (_, stringData, reason) => {
    await apply({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'xray', namespace: OPERATOR_NAMESPACE },
      stringData,
    });
    await expectReason(reason);
  },
  60_000,
);

test('a Secret that is not there', async () => {
  await apply(aConnection(simulator.url, { credentialsSecretRef: { name: 'nowhere' } }));
  await expectReason('SecretNotFound');
}, 60_000);

test('a URL that nobody listens at: what is stopped stays stopped, what is new is Unknown and runs', async () => {
  await apply(aConnection('http://127.0.0.1:1'));
  await expectReason('Unreachable');
  await apply(aWorkload(namespace, { name: 'late', image: 'bad/late:1' }));
  await eventually(
    async () => {
      const late = await read<XrayScanResult>('xscan', namespace, 'deployment-late');
      expect(late.status).toMatchObject({ verdict: 'Unknown', action: 'None' });
      const stopped = await read<XrayScanResult>('xscan', namespace, 'deployment-web');
      expect(stopped.status).toMatchObject({ verdict: 'Violating', action: 'ScaledDown' });
      const deployment = await read<{ spec: { replicas: number } }>('deployment', namespace, 'late');
      expect(deployment.spec.replicas).toBe(2);
    },
    { withinMs: 30_000 },
  );
}, 60_000);

test('a certificate that is not trusted, until spec.caBundle holds its authority', async () => {
  const { private: key, cert } = await generate([{ name: 'commonName', value: '127.0.0.1' }], {
    extensions: [{ name: 'subjectAltName', altNames: [{ type: 7, ip: '127.0.0.1' }] }],
  });
  const secure = await startSimulator({ token: TOKEN, tls: { key, cert } });
  try {
    await apply(aConnection(secure.url));
    await expectReason('CertificateNotTrusted');
    await apply(aConnection(secure.url, { caBundle: cert }));
    await expectReason('Ready');
  } finally {
    await apply(aConnection(simulator.url));
    await secure.close();
  }
}, 60_000);

test('a URL that answers with a web page', async () => {
  await apply(aConnection(simulator.url));
  await expectReason('Ready');
  await simulator.fail({ status: 200, body: '<html>' });
  await expectReason('NotXray');
  await simulator.fail({});
  await expectReason('Ready');
}, 60_000);
