// controllers: what is in force where: policies of both kinds, exceptions, and the namespaces' labels. Kept up by events; each
// tells which workloads it can make a difference for.
import type {
  ClusterXrayPolicy,
  ClusterXrayPolicySpec,
  PolicyKind,
  XrayException,
  XrayPolicy,
  XrayPolicySpec,
} from '../../api/v1alpha1/types.js';
import { type CompiledException, compileException, type Exception } from '../../evaluate/exception.js';
import { LabelIndex } from '../../evaluate/label-index.js';
import { compileClusterPolicy, compilePolicy, type Policy } from '../../evaluate/policy.js';
import {
  type Change,
  namesOfCovered,
  reachOfException,
  reachOfNamespace,
  reachOfPolicy,
} from '../../evaluate/reach.js';
import { coversNamespace, type ObservedNamespace } from '../../evaluate/tiers.js';
import type { WorkloadIndex } from '../../evaluate/workload-index.js';
import type { ObservedObject } from '../../observe/observed.js';
import { PolicyVersions } from './policy-versions.js';

interface Approved {
  /** The generation that an annotation approves, as it is written there. */
  readonly approve?: string;
}

export type ObservedPolicy = ObservedObject & XrayPolicy & Approved;
export type ObservedClusterPolicy = ObservedObject & ClusterXrayPolicy & Approved;
export type ObservedException = ObservedObject & XrayException;

interface ExceptionVersion {
  readonly uid: string;
  readonly generation: number;
  readonly compiled: CompiledException;
}

export interface Reach {
  /** Workloads to judge again. */
  readonly workloads: ReadonlySet<string>;
  /** What is in force of the policy. */
  readonly change: Change<Policy>;
}

export class PolicyBook {
  readonly team = new PolicyVersions<XrayPolicySpec>(compilePolicy);
  readonly cluster = new PolicyVersions<ClusterXrayPolicySpec>(compileClusterPolicy);
  readonly #teamIn = new Map<string, Map<string, Policy>>();
  readonly #exceptionsIn = new Map<string, Map<string, ExceptionVersion>>();
  readonly #namespaces = new Map<string, ObservedNamespace>();
  readonly #namespaceIndex = new LabelIndex<ObservedNamespace>();
  readonly #workloads: WorkloadIndex;
  /** Per namespace, until something changes there. */
  readonly #inForce = new Map<string, readonly Policy[]>();
  readonly #exceptions = new Map<string, readonly Exception[]>();

  constructor(workloads: WorkloadIndex) {
    this.#workloads = workloads;
  }

  /** Whether the namespace has been seen: before that, nobody can tell which policies cover it. */
  knows(namespace: string): boolean {
    return this.#namespaces.has(namespace);
  }

  policiesIn(namespace: string): readonly Policy[] {
    const known = this.#inForce.get(namespace);
    if (known !== undefined) return known;
    const observed = this.#namespaces.get(namespace);
    const ofCluster =
      observed === undefined ? [] : this.cluster.inForce().filter((policy) => coversNamespace(policy, observed));
    const all = [...ofCluster, ...(this.#teamIn.get(namespace)?.values() ?? [])];
    this.#inForce.set(namespace, all);
    return all;
  }

  /** Of the form that is in force, by the name as it is shown; 0 where there is none any more. */
  generationOf(kind: PolicyKind, shown: string): number {
    const slash = shown.indexOf('/');
    const key = { namespace: shown.slice(0, Math.max(0, slash)), name: shown.slice(slash + 1) };
    const version = (kind === 'XrayPolicy' ? this.team : this.cluster).get(key);
    return (version?.newest.ok === true ? version.generation : version?.lastValid?.generation) ?? 0;
  }

  /** The floor of a namespace. */
  requiredIn(namespace: string): readonly Policy[] {
    return this.policiesIn(namespace).filter(({ tier }) => tier === 'Required');
  }

  exceptionsIn(namespace: string): readonly Exception[] {
    const known = this.#exceptions.get(namespace);
    if (known !== undefined) return known;
    const versions = [...(this.#exceptionsIn.get(namespace)?.values() ?? [])];
    const all = versions.flatMap(({ compiled }) => (compiled.ok ? [compiled.exception] : []));
    this.#exceptions.set(namespace, all);
    return all;
  }

  exception({ namespace, name }: { readonly namespace: string; readonly name: string }): CompiledException | undefined {
    return this.#exceptionsIn.get(namespace)?.get(name)?.compiled;
  }

  /** The namespaces that a change of a policy has to do with. */
  namespacesOf({ before, now }: Change<Policy>): ReadonlySet<string> {
    const forms = before === now ? [] : [before, now];
    return new Set(forms.flatMap((form) => (form === undefined ? [] : namesOfCovered(form, this.#namespaceIndex))));
  }

  putPolicy(policy: ObservedPolicy): Reach {
    return this.#teamChanged(policy, this.team.put(policy));
  }

  removePolicy(policy: ObservedPolicy): Reach {
    return this.#teamChanged(policy, this.team.remove(policy));
  }

  putClusterPolicy(policy: ObservedClusterPolicy): Reach {
    return this.#clusterChanged(this.cluster.put(policy));
  }

  removeClusterPolicy(policy: ObservedClusterPolicy): Reach {
    return this.#clusterChanged(this.cluster.remove(policy));
  }

  putException(exception: ObservedException): ReadonlySet<string> {
    const { namespace, name, uid, generation, spec } = exception;
    const inNamespace = this.#exceptionsIn.get(namespace) ?? new Map<string, ExceptionVersion>();
    this.#exceptionsIn.set(namespace, inNamespace);
    const before = inNamespace.get(name);
    if (before?.uid === uid && before.generation === generation) return new Set();
    const version = { uid, generation, compiled: compileException(exception, spec) };
    inNamespace.set(name, version);
    return this.#exceptionChanged(namespace, { before: formOf(before), now: formOf(version) });
  }

  removeException({ namespace, name }: ObservedException): ReadonlySet<string> {
    const inNamespace = this.#exceptionsIn.get(namespace);
    const before = inNamespace?.get(name);
    inNamespace?.delete(name);
    if (inNamespace?.size === 0) this.#exceptionsIn.delete(namespace);
    return this.#exceptionChanged(namespace, { before: formOf(before), now: undefined });
  }

  putNamespace({ name, labels }: Pick<ObservedObject, 'name' | 'labels'>): ReadonlySet<string> {
    return this.#namespaceChanged(name, { name, labels });
  }

  removeNamespace({ name }: Pick<ObservedObject, 'name'>): ReadonlySet<string> {
    return this.#namespaceChanged(name, undefined);
  }

  #teamChanged({ namespace, name }: ObservedPolicy, change: Change<Policy>): Reach {
    if (change.before === change.now) return { change, workloads: new Set() };
    const inNamespace = this.#teamIn.get(namespace) ?? new Map<string, Policy>();
    if (change.now === undefined) inNamespace.delete(name);
    else inNamespace.set(name, change.now);
    if (inNamespace.size === 0) this.#teamIn.delete(namespace);
    else this.#teamIn.set(namespace, inNamespace);
    this.#inForce.delete(namespace);
    return { change, workloads: this.#reachOf(change) };
  }

  #clusterChanged(change: Change<Policy>): Reach {
    if (change.before === change.now) return { change, workloads: new Set() };
    this.#inForce.clear();
    return { change, workloads: this.#reachOf(change) };
  }

  #reachOf(change: Change<Policy>): ReadonlySet<string> {
    return reachOfPolicy(change, { namespaces: this.#namespaceIndex, workloads: this.#workloads });
  }

  #exceptionChanged(namespace: string, change: Change<Exception>): ReadonlySet<string> {
    this.#exceptions.delete(namespace);
    return reachOfException(change, { workloads: this.#workloads });
  }

  #namespaceChanged(name: string, now: ObservedNamespace | undefined): ReadonlySet<string> {
    const before = this.#namespaces.get(name);
    if (before !== undefined) this.#namespaceIndex.delete(before);
    if (now === undefined) this.#namespaces.delete(name);
    else {
      this.#namespaces.set(name, now);
      this.#namespaceIndex.add(now);
    }
    this.#inForce.delete(name);
    return reachOfNamespace({ before, now }, this.cluster.inForce(), { workloads: this.#workloads });
  }
}

function formOf(version: ExceptionVersion | undefined): Exception | undefined {
  return version?.compiled.ok === true ? version.compiled.exception : undefined;
}
