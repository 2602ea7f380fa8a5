// cli/judge: the policies, exceptions and namespaces' labels of files, compiled by the operator's own stage. A rule that the
// operator would refuse is trouble: nobody should learn from a green test that nothing was checked.
import { plainToInstance } from 'class-transformer';
import { validateSync, type ValidationError } from 'class-validator';
import { API_VERSION } from '../../api/v1alpha1/coordinates.js';
import { ClusterXrayPolicySpec } from '../../api/v1alpha1/cluster-xray-policy.js';
import { XrayExceptionSpec } from '../../api/v1alpha1/xray-exception.js';
import { XrayPolicySpec } from '../../api/v1alpha1/xray-policy.js';
import { compileException, type Exception } from '../../evaluate/exception.js';
import { compileClusterPolicy, type Compiled, compilePolicy, type Policy } from '../../evaluate/policy.js';
import type { Labels } from '../../evaluate/selector.js';
import { coversNamespace } from '../../evaluate/tiers.js';
import { Trouble } from '../exit-code.js';
import { field, textAt, textsAt } from '../field.js';
import type { Manifest } from './manifests.js';

export interface Rules {
  readonly policies: readonly Policy[];
  readonly policiesIn: (namespace: string) => readonly Policy[];
  readonly exceptionsIn: (namespace: string) => readonly Exception[];
}

/** @param now the creation of exceptions that do not say when they were made @throws Trouble for what the operator would refuse */
export function rulesIn(manifests: readonly Manifest[], now: Date): Rules {
  const ours = manifests.filter(({ apiVersion }) => apiVersion === API_VERSION);
  const policies = ours.flatMap((manifest) => policyOf(manifest) ?? []);
  const exceptions = ours.filter(({ kind }) => kind === 'XrayException').map((one) => exceptionOf(one, now));
  const labels = new Map(
    manifests
      .filter(({ apiVersion, kind }) => apiVersion === 'v1' && kind === 'Namespace')
      .map(({ name, object }) => [name, textsAt(object, 'metadata', 'labels')]),
  );
  return {
    policies,
    policiesIn: (name) =>
      policies.filter((policy) => coversNamespace(policy, { name, labels: labelsOf(name, labels.get(name)) })),
    exceptionsIn: (namespace) => exceptions.filter((one) => one.namespace === namespace),
  };
}

/** The API server gives each namespace its name as a label. */
function labelsOf(name: string, written: Labels = {}): Labels {
  return { ...written, 'kubernetes.io/metadata.name': name };
}

function policyOf(manifest: Manifest): Policy | undefined {
  switch (manifest.kind) {
    case 'XrayPolicy':
      return inForce(manifest, compilePolicy(manifest, specOf(XrayPolicySpec, manifest)));
    case 'ClusterXrayPolicy':
      return inForce(manifest, compileClusterPolicy(manifest, specOf(ClusterXrayPolicySpec, manifest)));
    default:
      return undefined;
  }
}

function inForce(manifest: Manifest, compiled: Compiled): Policy {
  if (!compiled.ok) throw wrong(manifest, compiled.message);
  if (compiled.policy.unscanned ?? compiled.policy.security ?? compiled.policy.license) return compiled.policy;
  throw wrong(manifest, 'the policy checks nothing; set at least one of unscanned, security and license');
}

function exceptionOf(manifest: Manifest, now: Date): Exception {
  const created = textAt(manifest.object, 'metadata', 'creationTimestamp');
  const { namespace, name } = manifest;
  const key = { namespace, name, creationTimestamp: created === '' ? now.toISOString() : created };
  const compiled = compileException(key, specOf(XrayExceptionSpec, manifest));
  if (!compiled.ok) throw wrong(manifest, compiled.message);
  return compiled.exception;
}

/** @throws Trouble with the path of the field, also for one that there is not: a misspelt rule checks nothing */
function specOf<S extends object>(shape: new () => S, manifest: Manifest): S {
  const json = field(manifest.object, 'spec');
  if (typeof json !== 'object' || json === null || Array.isArray(json)) throw wrong(manifest, 'spec is no object');
  const spec = plainToInstance(shape, json);
  const [error] = validateSync(spec, { whitelist: true, forbidNonWhitelisted: true });
  if (error !== undefined) throw wrong(manifest, problemOf(error, 'spec.'));
  return spec;
}

function problemOf({ property, constraints, children = [] }: ValidationError, above: string): string {
  const [own] = Object.values(constraints ?? {});
  const [child] = children;
  if (own === undefined && child !== undefined) return problemOf(child, `${above}${property}.`);
  return `${above}${own?.replace(/^property (\S+) should not exist$/u, '$1 is no field of it') ?? property}`;
}

function wrong({ file, kind, name, lineOf }: Manifest, problem: string): Trouble {
  return new Trouble(`${file}, line ${lineOf([])}: ${kind} ${name}: ${problem}`);
}
