// Policies that go by what Xray's own watches and policies raised, and by how old a scan is that Xray has forgotten.
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { eventually } from '@dot-kube/operator/testing';
import { digestOf } from '../cluster/digest.js';
import { type SimulatorProcess, startSimulatorProcess } from '../xray-simulator/process.js';
import { aNamespace, anXrayPolicy, aWorkload } from '../builders/manifests.js';
import {
  apply,
  emptyCluster,
  installOperator,
  replicasOf,
  type RunningOperator,
  startOperator,
  statusBecomes,
  TOKEN,
} from './harness.js';

const raisedOnly = 'raised-only';
const agedOnly = 'aged-only';
const CRITICAL = { issue_id: 'XRAY-1', summary: 'overflow', severity: 'Critical' };
const actions = { deployments: 'ScaleDown' };
let simulator: SimulatorProcess;
let operator: RunningOperator;

beforeAll(async () => {
  simulator = await startSimulatorProcess({ token: TOKEN });
  await emptyCluster(); // what others left would be asked about, too
  await installOperator(simulator.url);
  await apply(aNamespace(raisedOnly), aNamespace(agedOnly));
  await apply(
    anXrayPolicy(raisedOnly, {
      mode: 'Enforce',
      security: { source: 'Violations', actions },
      license: { source: 'Violations', actions },
    }),
    anXrayPolicy(agedOnly, { mode: 'Enforce', unscanned: { gracePeriod: '0s', maxScanAge: '4s', actions } }),
  );
  operator = await startOperator();
}, 360_000);

afterAll(async () => {
  await operator.stop();
  await simulator.close();
}, 60_000);

test('what no watch raised stops nothing; once raised it does; what Xray ignores for that watch comes back', async () => {
  const image = 'raised-only/web:1';
  const digest = digestOf(image);
  await simulator.put(digest, { issues: [CRITICAL], licenses: ['MIT'], watched: false });
  await apply(aWorkload(raisedOnly, { image }));
  const { summary } = await statusBecomes(raisedOnly, 'deployment-web', { verdict: 'Compliant', action: 'None' });
  expect(summary).toMatchObject({ critical: 1 });

  await simulator.watch(digest);
  const { violations } = await statusBecomes(raisedOnly, 'deployment-web', { action: 'ScaledDown' });
  expect(violations?.map(({ condition, id, reason }) => [condition, id, reason]).sort()).toEqual([
    ['License', 'MIT', 'RaisedByXray'],
    ['Security', 'XRAY-1', 'RaisedByXray'],
  ]);
  expect(await replicasOf('Deployment', raisedOnly, 'web')).toBe(0);

  const watches = ['everything']; // of findings such a rule excuses nothing
  await simulator.ignore([
    { id: 'r1', ignore_filters: { vulnerabilities: ['XRAY-1'], watches } },
    { id: 'r2', ignore_filters: { licenses: ['MIT'], watches } },
  ]);
  await statusBecomes(raisedOnly, 'deployment-web', { verdict: 'Compliant', action: 'Restored' });
  await simulator.ignore([]);
  await statusBecomes(raisedOnly, 'deployment-web', { verdict: 'Violating', action: 'ScaledDown' });
}, 120_000);

test('while it is not known what Xray raised nothing is stopped, and the result says why', async () => {
  const [bad, clean] = ['raised-only/unclear:1', 'raised-only/clean:1'];
  await simulator.fail({ path: '/violations', status: 403, body: '{"error":"you may not list violations"}' });
  await simulator.put(digestOf(bad), { issues: [CRITICAL] });
  await simulator.put(digestOf(clean), {});
  await apply(aWorkload(raisedOnly, { name: 'unclear', image: bad }));
  await apply(aWorkload(raisedOnly, { name: 'clean', image: clean }));
  const { message } = await statusBecomes(raisedOnly, 'deployment-unclear', { verdict: 'Unknown', action: 'None' });
  expect(message).toContain('you may not list violations');
  await statusBecomes(raisedOnly, 'deployment-clean', { verdict: 'Compliant', action: 'None' });
  await statusBecomes(raisedOnly, 'deployment-web', { verdict: 'Violating', action: 'ScaledDown' }); // stays as it was
  expect(await replicasOf('Deployment', raisedOnly, 'unclear')).toBe(2);

  await simulator.fail({});
  await statusBecomes(raisedOnly, 'deployment-unclear', { verdict: 'Violating', action: 'ScaledDown' });
}, 120_000);

test('a scan that Xray has forgotten holds up to maxScanAge, to the second, and not while Xray only cannot be asked', async () => {
  const image = 'aged-only/web:1';
  await simulator.put(digestOf(image), { licenses: ['MIT'] });
  await apply(aWorkload(agedOnly, { image }));
  await statusBecomes(agedOnly, 'deployment-web', { verdict: 'Compliant' });
  await simulator.fail({ status: 503 });
  const since = await eventually(
    async () => {
      const { images } = await statusBecomes(agedOnly, 'deployment-web', { verdict: 'Compliant' });
      expect(images?.[0]?.message).toContain('503');
      return Date.parse(images?.[0]?.factsAt ?? '');
    },
    { withinMs: 30_000, everyMs: 100 },
  );
  while (Date.now() < since + 6_000) await statusBecomes(agedOnly, 'deployment-web', { verdict: 'Compliant' });

  await simulator.fail({});
  await statusBecomes(agedOnly, 'deployment-web', { verdict: 'Compliant', action: 'None' });
  await simulator.forget(digestOf(image));
  const { violations } = await statusBecomes(agedOnly, 'deployment-web', {
    verdict: 'Unscanned',
    action: 'ScaledDown',
  });
  expect(violations?.map(({ reason }) => reason)).toEqual(['ScanTooOld']);
  await simulator.put(digestOf(image), { licenses: ['MIT'] });
  await statusBecomes(agedOnly, 'deployment-web', { verdict: 'Compliant', action: 'Restored' });
}, 120_000);
