// Charts and overlays give objects that the API server takes as they are written, and the rights in them are those of config/rbac.
import { readdirSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { parseAllDocuments } from 'yaml';
import { kubectl } from '../../cluster/kubectl.js';
import { helm, helmPath } from '../../helm/helm.js';
import { installOperator, OPERATOR_NAMESPACE } from '../harness.js';

const PROMETHEUS_OPERATOR = 'test/fixtures/prometheus-operator';
const OPERATOR_CHART = 'charts/kubexray-operator';
const POLICIES_CHART = 'charts/kubexray-policies';
const URL = 'connection.url=https://example.jfrog.io';
const BUILDING_HELM_MS = 900_000;

const charts = [OPERATOR_CHART, POLICIES_CHART].flatMap((chart) =>
  readdirSync(`${chart}/ci`).map((file) => ({ chart, values: `${chart}/ci/${file}` })),
);
const overlays = ['config/default', ...readdirSync('config/overlays').map((name) => `config/overlays/${name}`)];

beforeAll(async () => {
  await helmPath();
  await installOperator('http://127.0.0.1:1'); // the namespace and the kinds that the objects are of
  await kubectl(['apply', '--server-side', '-f', PROMETHEUS_OPERATOR]);
  await kubectl(['wait', '--for=condition=Established', '--timeout=30s', 'crd', '--all']);
}, BUILDING_HELM_MS);

afterAll(async () => {
  await kubectl(['delete', '-f', PROMETHEUS_OPERATOR]);
});

interface Rendered {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
  readonly rules?: unknown;
  readonly roleRef?: unknown;
  readonly subjects?: unknown;
  readonly spec?: unknown;
}

function objectsIn(text: string): readonly Rendered[] {
  // eslint-disable-next-line @typescript-eslint/no-unsafe-type-assertion -- the API server takes them in another test
  const documents = parseAllDocuments(text).map((document) => document.toJS() as Rendered | null);
  return documents.filter((one) => one !== null);
}

async function template(chart: string, args: readonly string[]): Promise<string> {
  return helm(['template', 'kubexray', chart, '-n', OPERATOR_NAMESPACE, ...args]);
}

/** @returns what it said that it would do */
async function dryRun(input: string): Promise<string> {
  const args = ['apply', '--server-side', '--force-conflicts', '--validate=strict', '--dry-run=server', '-f', '-'];
  return kubectl(args, { input });
}

describe('the API server takes, field by field', () => {
  test.each(charts)(
    '$values',
    async ({ chart, values }) => {
      await helm(['lint', '--strict', chart, '-f', values]);
      const rendered = await template(chart, ['-f', values]);
      const said = await dryRun(rendered);
      expect(said.trim().split('\n')).toHaveLength(objectsIn(rendered).length);
    },
    60_000,
  );

  test.each(overlays)(
    '%s',
    async (overlay) => {
      const rendered = await kubectl(['kustomize', overlay]);
      const said = await dryRun(rendered);
      expect(said.trim().split('\n')).toHaveLength(objectsIn(rendered).length);
    },
    60_000,
  );

  test('a field with a typing error in it is refused', async () => {
    const rendered = await template(OPERATOR_CHART, []);
    await expect(dryRun(rendered.replace('serviceAccountName:', 'serviceAcountName:'))).rejects.toThrow(
      'serviceAcountName',
    );
  }, 60_000);
});

describe('values that make no sense are refused before anything is done', () => {
  test.each([
    ['/replicas', OPERATOR_CHART, 'replicas=-1'],
    ['replicaCount', OPERATOR_CHART, 'replicaCount=2'],
    ['/webhook/ingress/host', OPERATOR_CHART, 'webhook.service=true,webhook.ingress.enabled=true'],
    ['/webhook/service', OPERATOR_CHART, 'webhook.ingress.enabled=true,webhook.ingress.host=x.example.com'],
    ['/connection/url', POLICIES_CHART, 'connection.credentials.accessToken=t'],
    ['give existingSecret, or accessToken', POLICIES_CHART, URL],
    ['not both', POLICIES_CHART, `${URL},connection.credentials.existingSecret=x,connection.credentials.accessToken=t`],
    ['username and password go together', POLICIES_CHART, `${URL},connection.credentials.password=p`],
  ])('%s', async (said, chart, values) => {
    await expect(template(chart, ['--set', values])).rejects.toThrow(said);
  });
});

const rights = new Set(['ClusterRole', 'Role', 'ClusterRoleBinding', 'RoleBinding']);

/** What says who may do what, without the labels of either way to install. */
function rightsIn(objects: readonly Rendered[]): Readonly<Record<string, unknown>> {
  const entries = objects
    .filter(({ kind }) => rights.has(kind))
    .map(({ kind, metadata: { namespace = '', name }, rules, roleRef, subjects }): [string, unknown] => [
      `${kind} ${namespace}/${name}`,
      { rules, roleRef, subjects },
    ]);
  return Object.fromEntries(entries);
}

describe('the rights of', () => {
  test.each([
    ['config/default', 'charts/kubexray-operator/ci/default-values.yaml', []],
    ['config/overlays/audit-only', 'charts/kubexray-operator/ci/audit-only-values.yaml', []],
    ['config/overlays/namespaced', 'charts/kubexray-operator/ci/default-values.yaml', ['--set', 'enforceIn={default}']],
    ['config/overlays/high-availability', 'charts/kubexray-operator/ci/default-values.yaml', ['--set', 'replicas=3']],
  ])('%s are those of the chart', async (overlay, values, args) => {
    const kustomize = rightsIn(objectsIn(await kubectl(['kustomize', overlay])));
    expect(rightsIn(objectsIn(await template(OPERATOR_CHART, ['-f', values, ...args])))).toEqual(kustomize);
    expect(Object.keys(kustomize).length).toBeGreaterThan(5);
  });

  test.each([
    ['pull-secrets', 'rbac.pullSecrets=true'],
    ['policy-reports', 'policyReports=true'],
    ['keda', 'pauseOnStop=["KEDA"]'],
    ['custom-kinds', 'customKinds=[{"group":"argoproj.io","resource":"rollouts"}]'],
  ])('%s are those of config/rbac, and come only when asked for', async (file, value) => {
    const extra = rightsIn(objectsIn(readFileSync(`config/rbac/${file}.yaml`, 'utf8')));
    const without = rightsIn(objectsIn(await template(OPERATOR_CHART, [])));
    const withThem = rightsIn(objectsIn(await template(OPERATOR_CHART, ['--set-json', value])));
    expect(withThem).toEqual({ ...without, ...extra });
    expect(Object.keys(without)).not.toContain(Object.keys(extra)[0]);
  });

  test.each(charts)('$values have no wildcard in them', async ({ chart, values }) => {
    expect(JSON.stringify(rightsIn(objectsIn(await template(chart, ['-f', values]))))).not.toContain('*');
  });
});

describe('what Prometheus and Grafana are given', () => {
  const asked = ['-f', `${OPERATOR_CHART}/ci/everything-values.yaml`];

  test('is what lies in the chart, and comes only when asked for', async () => {
    const without = objectsIn(await template(OPERATOR_CHART, [])).map(({ kind }) => kind);
    expect(without).not.toContain('PrometheusRule');
    expect(without).not.toContain('ConfigMap');
    const rendered = objectsIn(await template(OPERATOR_CHART, asked));
    const rules = rendered.find(({ kind }) => kind === 'PrometheusRule');
    const file = readFileSync(`${OPERATOR_CHART}/files/alerts.yaml`, 'utf8');
    expect(rules?.spec).toEqual(
      parseAllDocuments(file.replaceAll('RUNBOOKS', 'https://wiki.example.com/kubexray/alerts'))[0]?.toJS(),
    );
    expect(rendered.find(({ kind }) => kind === 'ConfigMap')).toMatchObject({
      metadata: { labels: { grafana_dashboard: '1' }, annotations: { grafana_folder: 'Security' } },
      data: { 'kubexray-operator.json': readFileSync(`${OPERATOR_CHART}/files/dashboard.json`, 'utf8').trimEnd() },
    });
  });
});
