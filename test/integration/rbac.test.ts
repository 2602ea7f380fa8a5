// Who may do what, tried by impersonation: a namespace's editors own its policies, exceptions are a right of their own, and
// nobody but the operator writes results.
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { eventually } from '@dot-kube/operator/testing';
import { kubectl } from '../cluster/kubectl.js';
import { aClusterXrayPolicy, aNamespace, anXrayException, anXrayPolicy } from '../builders/manifests.js';
import { apply, installOperator } from './harness.js';

const mine = 'rbac-mine';
const other = 'rbac-other';
const roles = { admin: 'admin', edit: 'edit', view: 'view', grant: 'kubexray-grant-exceptions' } as const;
type Person = keyof typeof roles;

const result = {
  apiVersion: 'kubexray.io/v1alpha1',
  kind: 'XrayScanResult',
  metadata: { namespace: mine, name: 'deployment-web' },
  spec: { workloadRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web', uid: '1' } },
};
const policySpec = { security: {} };
const waives = { vulnerabilities: ['CVE-2026-0001'] };

beforeAll(async () => {
  await installOperator('http://127.0.0.1:1');
  await apply(aNamespace(mine), aNamespace(other));
  for (const [person, role] of Object.entries(roles))
    await apply({
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'RoleBinding',
      metadata: { namespace: mine, name: person },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: role },
      subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: `rbac-${person}` }],
    });
  await apply(anXrayPolicy(mine, policySpec), anXrayException(mine, waives), result);
  // The controller manager adds the roles up, one by one, and the authorizer learns of each a moment later.
  for (const [person, ...may] of [
    ['admin', 'create', 'xraypolicies'],
    ['edit', 'create', 'xraypolicies'],
    ['view', 'get', 'xraypolicies'],
    ['grant', 'create', 'xrayexceptions'],
  ] as const)
    await eventually(async () => as(person, ['auth', 'can-i', ...may, '-n', mine]), { withinMs: 60_000, everyMs: 200 });
}, 120_000);

afterAll(async () => {
  await kubectl(['delete', 'namespace', '--wait=false', mine, other]);
});

async function as(person: Person, args: readonly string[], object?: object): Promise<string> {
  const input = object === undefined ? {} : { input: JSON.stringify(object) };
  return kubectl([...args, `--as=rbac-${person}`], input);
}

/** @returns whether the API server lets it; anything but a plain refusal is a fault of the test */
async function may(person: Person, args: readonly string[], object?: object): Promise<boolean> {
  try {
    await as(person, args, object);
    return true;
  } catch (error) {
    if (!String(error).includes('Forbidden') && !String(error).includes('forbidden')) throw error;
    return false;
  }
}

const create = ['create', '--dry-run=server', '-f', '-'];
const patchStatus = (kind: string, name: string): readonly string[] => [
  ...[
    'patch',
    kind,
    name,
    '-n',
    mine,
    '--subresource=status',
    '--type=merge',
    '-p',
    '{"status":{}}',
    '--dry-run=server',
  ],
];
const edit = (kind: string, name: string): readonly string[] => [
  ...['patch', kind, name, '-n', mine, '--type=merge', '-p', '{"metadata":{"labels":{"a":"b"}}}', '--dry-run=server'],
];

interface Case {
  readonly args: readonly string[];
  readonly object?: object;
  readonly by: readonly Person[];
}

const cases: Record<string, Case> = {
  'read policies': { args: ['get', 'xpol', '-n', mine], by: ['admin', 'edit', 'view'] },
  'read exceptions': { args: ['get', 'xexc', '-n', mine], by: ['admin', 'edit', 'view', 'grant'] },
  'read results': { args: ['get', 'xscan', '-n', mine], by: ['admin', 'edit', 'view'] },
  'make a policy': { args: create, object: anXrayPolicy(mine, policySpec, 'new'), by: ['admin', 'edit'] },
  'change a policy': { args: edit('xpol', 'base'), by: ['admin', 'edit'] },
  'delete a policy': { args: ['delete', 'xpol', 'base', '-n', mine, '--dry-run=server'], by: ['admin', 'edit'] },
  'make a policy elsewhere': { args: create, object: anXrayPolicy(other, policySpec, 'new'), by: [] },
  'make a cluster policy': {
    args: create,
    object: aClusterXrayPolicy('rbac', { tier: 'Required', ...policySpec }),
    by: [],
  },
  'make an exception': { args: create, object: anXrayException(mine, waives, 'new'), by: ['grant'] },
  'make an exception elsewhere': { args: create, object: anXrayException(other, waives, 'new'), by: [] },
  'change an exception': { args: edit('xexc', 'waiver'), by: ['grant'] },
  'delete an exception': { args: ['delete', 'xexc', 'waiver', '-n', mine, '--dry-run=server'], by: ['grant'] },
  'make a result': { args: create, object: { ...result, metadata: { namespace: mine, name: 'new' } }, by: [] },
  'change a result': { args: edit('xscan', 'deployment-web'), by: [] },
  'delete a result': { args: ['delete', 'xscan', 'deployment-web', '-n', mine, '--dry-run=server'], by: [] },
  'write the status of a result': { args: patchStatus('xscan', 'deployment-web'), by: [] },
  'write the status of a policy': { args: patchStatus('xpol', 'base'), by: [] },
  'write the status of an exception': { args: patchStatus('xexc', 'waiver'), by: [] },
};

describe('who may', () => {
  test.each(Object.entries(cases))(
    '%s',
    async (_, { args, object, by }) => {
      const everybody: readonly Person[] = ['admin', 'edit', 'view', 'grant'];
      const allowed = await Promise.all(
        everybody.map(async (person) => ((await may(person, args, object)) ? [person] : [])),
      );
      expect(allowed.flat()).toEqual(by);
    },
    30_000,
  );
});
