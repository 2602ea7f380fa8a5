// cli/status: how the cluster stands, counted from results, policies and the connection. Pure.
import type { Condition, PolicyKind, XrayConnection } from '../../api/v1alpha1/types.js';
import type { StoredResult } from '../stored.js';

export interface Overview {
  /** Absent: all namespaces. */
  readonly namespace?: string;
  readonly workloads: number;
  /** Those that break a rule of a policy, in its grace period or after. */
  readonly violating: number;
  readonly verdicts: Readonly<Record<string, number>>;
  readonly actions: Readonly<Record<string, number>>;
  /** The worst first. */
  readonly worst: readonly StandingWorkload[];
  readonly policies: number;
  readonly policiesNotReady: readonly PolicyState[];
  /** Absent: they may not be read. */
  readonly connections?: readonly ConnectionState[];
  /** What could not be read. */
  readonly notes: readonly string[];
}

export interface StandingWorkload {
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  readonly verdict: string;
  readonly action: string;
  readonly critical: number;
  readonly high: number;
  readonly violations: number;
}

export interface PolicyState {
  readonly kind: PolicyKind;
  /** `namespace/name` for an XrayPolicy. */
  readonly name: string;
  /** `True` while it is in force. */
  readonly ready: string;
  readonly reason: string;
  readonly message: string;
}

export interface ConnectionState {
  readonly name: string;
  readonly url: string;
  readonly ready: string;
  readonly reason: string;
  readonly message: string;
  readonly version?: string;
  readonly lastSuccessfulPoll?: string;
}

interface Named {
  readonly metadata: { readonly name: string; readonly namespace?: string };
}

interface Conditioned extends Named {
  readonly status?: { readonly conditions?: readonly Condition[] };
}

export interface OverviewInput {
  readonly namespace?: string;
  readonly workloads: readonly StandingWorkload[];
  readonly policies: readonly PolicyState[];
  /** Absent: they may not be read. */
  readonly connections?: readonly ConnectionState[];
  readonly notes: readonly string[];
  /** How many of the worst. */
  readonly worst: number;
}

export function overviewOf(input: OverviewInput): Overview {
  const { workloads, policies } = input;
  const bad = workloads.filter(({ violations, verdict }) => violations > 0 || BAD.has(verdict)).sort(byWorst);
  return {
    ...(input.namespace === undefined ? {} : { namespace: input.namespace }),
    workloads: workloads.length,
    violating: workloads.filter(({ violations }) => violations > 0).length,
    verdicts: counted(workloads.map(({ verdict }) => verdict)),
    actions: counted(workloads.map(({ action }) => action)),
    worst: bad.slice(0, input.worst),
    policies: policies.length,
    policiesNotReady: policies.filter(({ ready }) => ready !== 'True'),
    ...(input.connections === undefined ? {} : { connections: input.connections }),
    notes: input.notes,
  };
}

/** Nothing violates, every policy is in force, and there is an Xray that answers, as far as the caller may see that. */
export function isWell({ violating, policiesNotReady, connections }: Overview): boolean {
  const answers =
    connections === undefined || (connections.length > 0 && connections.every(({ ready }) => ready === 'True'));
  return violating === 0 && policiesNotReady.length === 0 && answers;
}

const BAD = new Set(['Violating', 'Unscanned']);

export function workloadOf({ metadata: { namespace = '' }, spec, status = {} }: StoredResult): StandingWorkload {
  const { kind, name } = spec.workloadRef;
  const { verdict = 'Pending', action = 'None', summary, violations = [], violationsOmitted = 0 } = status;
  const { critical, high } = summary ?? { critical: 0, high: 0 };
  return { kind, namespace, name, verdict, action, critical, high, violations: violations.length + violationsOmitted };
}

const ACTIONS = ['Held', 'Deleted', 'ScaledDown', 'Suspended', 'RolledBack', 'Audited', 'Ignored'];

/** What should be stopped and is not comes first: somebody has to do something. */
export function byWorst(a: StandingWorkload, b: StandingWorkload): number {
  return (
    order(a) - order(b) || b.critical - a.critical || b.high - a.high || b.violations - a.violations || byName(a, b)
  );
}

function order({ action }: StandingWorkload): number {
  const at = ACTIONS.indexOf(action);
  return at < 0 ? ACTIONS.length : at;
}

function byName(a: StandingWorkload, b: StandingWorkload): number {
  const [left, right] = [a, b].map(({ namespace, kind, name }) => `${namespace} ${name} ${kind}`);
  return (left ?? '') < (right ?? '') ? -1 : 1;
}

function counted(words: readonly string[]): Readonly<Record<string, number>> {
  const groups = Map.groupBy(words, (word) => word);
  return Object.fromEntries([...groups].map(([word, same]) => [word, same.length]));
}

/** A policy that the operator has not looked at yet has no condition, and is not in force either. */
export function policyOf(kind: PolicyKind, object: Conditioned): PolicyState {
  const { name, namespace } = object.metadata;
  return { kind, name: namespace === undefined ? name : `${namespace}/${name}`, ...readiness(object) };
}

export function connectionOf(connection: XrayConnection & Named): ConnectionState {
  const { metadata, spec, status = {} } = connection;
  const { xrayVersion: version, lastSuccessfulPoll } = status;
  return {
    name: metadata.name,
    url: spec.url,
    ...readiness(connection),
    ...(version === undefined ? {} : { version }),
    ...(lastSuccessfulPoll === undefined ? {} : { lastSuccessfulPoll }),
  };
}

function readiness({ status }: Conditioned): Pick<ConnectionState, 'ready' | 'reason' | 'message'> {
  const found = status?.conditions?.find(({ type }) => type === 'Ready');
  if (found !== undefined) return { ready: found.status, reason: found.reason, message: found.message };
  return { ready: 'Unknown', reason: 'NotObserved', message: 'the operator has not looked at it yet; does it run?' };
}
