// chaos/story: what a story is about, in the words of the project's users: what they can write, and nothing that the operator adds.
import type { Truth } from './findings.js';

export const WORKLOAD_KINDS = [
  'Deployment',
  'StatefulSet',
  'DaemonSet',
  'ReplicaSet',
  'ReplicationController',
  'Job',
  'CronJob',
  'Pod',
] as const;
export type WorkloadKind = (typeof WORKLOAD_KINDS)[number];
/** A change of their template has their controllers make new pods, at once or with the next Job. */
export const ROLLING: readonly WorkloadKind[] = ['Deployment', 'StatefulSet', 'DaemonSet', 'CronJob'];

export interface WorkloadKey {
  readonly kind: WorkloadKind;
  readonly namespace: string;
  readonly name: string;
}

export interface WorkloadSpec extends WorkloadKey {
  /** Of the pod template; besides `app`, which is the workload's name. */
  readonly labels: Readonly<Record<string, string>>;
  /** Of a Job its parallelism; a DaemonSet, a CronJob and a Pod have none. */
  readonly replicas: number;
  readonly image: string;
  readonly initImage?: string;
  /** Of a StatefulSet: its volumes would go with its replicas, or with itself. */
  readonly claims?: { readonly whenScaled: 'Delete' | 'Retain'; readonly whenDeleted: 'Delete' | 'Retain' };
}

export type Action = 'Ignore' | 'ScaleDown' | 'Delete';
/** The key of each kind in a policy's actions. */
export const ACTION_KEYS = {
  Deployment: 'deployments',
  StatefulSet: 'statefulSets',
  DaemonSet: 'daemonSets',
  ReplicaSet: 'replicaSets',
  ReplicationController: 'replicationControllers',
  Job: 'jobs',
  CronJob: 'cronJobs',
  Pod: 'pods',
} as const satisfies Readonly<Record<WorkloadKind, string>>;
export type Actions = Readonly<Partial<Record<(typeof ACTION_KEYS)[WorkloadKind] | 'default', Action>>>;

export interface Selector {
  readonly matchLabels?: Readonly<Record<string, string>>;
  readonly matchExpressions?: readonly {
    readonly key: string;
    readonly operator: 'In' | 'NotIn' | 'Exists' | 'DoesNotExist';
    readonly values?: readonly string[];
  }[];
}

/** As users write it. Durations are whole seconds (`20s`) or hours (`1h`). */
export interface PolicySpec {
  readonly tier?: 'Required' | 'Default';
  readonly mode?: 'Enforce' | 'Audit';
  readonly rollback?: 'PreviousCompliant';
  readonly namespaceSelector?: Selector;
  readonly workloadSelector?: Selector;
  readonly exceptions?: 'Allowed' | 'Forbidden';
  readonly maxExceptionDuration?: string;
  readonly unscanned?: {
    readonly gracePeriod: string;
    readonly exemptImages?: readonly string[];
    readonly actions: Actions;
  };
  readonly security?: {
    readonly minSeverity?: 'Critical' | 'High' | 'Medium' | 'Low';
    readonly minCvssScore?: number;
    readonly onlyFixable?: boolean;
    readonly ignoredVulnerabilities?: readonly string[];
    readonly gracePeriod?: string;
    readonly actions: Actions;
  };
  readonly license?: {
    readonly denied?: readonly string[];
    readonly allowed?: readonly string[];
    readonly unknown?: 'Allow' | 'Deny';
    readonly actions: Actions;
  };
}

export interface ExceptionSpec {
  readonly workloadSelector?: Selector;
  readonly workloads?: readonly { readonly kind: string; readonly name: string }[];
  readonly images?: readonly string[];
  readonly vulnerabilities?: readonly string[];
  readonly licenses?: readonly string[];
  readonly unscanned?: boolean;
  readonly reason: string;
  readonly expiresAt: string;
}

/** `namespace` is empty for a ClusterXrayPolicy. */
export interface PolicyKey {
  readonly namespace: string;
  readonly name: string;
}

/** What somebody does, or what befalls the operator's surroundings. */
export type Step =
  | { readonly do: 'label namespace'; readonly namespace: string; readonly labels: Readonly<Record<string, string>> }
  | { readonly do: 'put policy'; readonly key: PolicyKey; readonly spec: PolicySpec }
  /** Its workloadSelector becomes one that nothing can satisfy: the last form that made sense stays in force. */
  | { readonly do: 'spoil policy'; readonly key: PolicyKey }
  /** As it stands now: the brake lets go what it asks for. */
  | { readonly do: 'approve policy'; readonly key: PolicyKey }
  | { readonly do: 'delete policy'; readonly key: PolicyKey }
  /** Lasts so long from when it is made. */
  | {
      readonly do: 'put exception';
      readonly namespace: string;
      readonly name: string;
      readonly spec: Omit<ExceptionSpec, 'expiresAt'>;
      readonly lastsMs: number;
    }
  | { readonly do: 'delete exception'; readonly namespace: string; readonly name: string }
  | { readonly do: 'create workload'; readonly workload: WorkloadSpec }
  | { readonly do: 'set image'; readonly workload: WorkloadKey; readonly image: string }
  /** Of what is stopped otherwise: whatever stops it is taken off. */
  | { readonly do: 'set replicas'; readonly workload: WorkloadKey; readonly replicas: number }
  | { readonly do: 'label workload'; readonly workload: WorkloadKey; readonly labels: Readonly<Record<string, string>> }
  | { readonly do: 'delete workload'; readonly workload: WorkloadKey }
  | { readonly do: 'tell Xray'; readonly image: string; readonly truth: Truth }
  | { readonly do: 'break Xray'; readonly how: XrayFault; readonly forMs: number }
  | { readonly do: 'break API'; readonly how: ApiFault; readonly forMs: number }
  | { readonly do: 'kill operator'; readonly downForMs: number }
  | { readonly do: 'stop operator'; readonly downForMs: number }
  | { readonly do: 'freeze operator'; readonly forMs: number };

/** What befalls the operator or its surroundings for a time. */
export type Misfortune = Extract<Step, { readonly forMs: number } | { readonly downForMs: number }>;

export function isMisfortune(step: Step): step is Misfortune {
  return 'forMs' in step || 'downForMs' in step;
}

export function isUsers(step: Step): step is UsersStep {
  return step.do !== 'tell Xray' && !isMisfortune(step);
}

/** What is written to the API server. */
export type UsersStep = Extract<
  Step,
  {
    readonly do:
      | `${'put' | 'spoil' | 'approve' | 'delete'} policy`
      | `${'put' | 'delete'} exception`
      | `${'create' | 'delete' | 'label'} workload`
      | 'label namespace'
      | 'set image'
      | 'set replicas';
  }
>;

export type XrayFault =
  | { readonly kind: 'status'; readonly status: 401 | 403 | 404 | 429 | 500 | 502 | 503 | 504 }
  | { readonly kind: 'slow'; readonly delayMs: number }
  | { readonly kind: 'cut' }
  | { readonly kind: 'garbage'; readonly body: string }
  | { readonly kind: 'clock'; readonly offsetMs: number };

export type ApiFault =
  | { readonly kind: 'unreachable' }
  | { readonly kind: 'status'; readonly status: 429 | 500 | 503; readonly share: number }
  /** What was asked for is done, and the answer is lost. */
  | { readonly kind: 'answers lost'; readonly share: number }
  /** Every watch breaks now; `gone`: and its history is gone. */
  | { readonly kind: 'watches break'; readonly gone: boolean }
  /** Those watches that are open stay open, and nothing comes on them any more. */
  | { readonly kind: 'watches silent' }
  /** It was started again: all connections break, nobody answers for a while. */
  | { readonly kind: 'restart' };

export interface TimedStep<S extends Step = Step> {
  readonly atMs: number;
  readonly step: S;
}

export interface Story {
  readonly seed: number;
  /** Of the namespaces, by name; one of them is protected. */
  readonly namespaces: ReadonlyMap<string, Readonly<Record<string, string>>>;
  readonly steps: readonly TimedStep[];
  /** When the last step is over and the last fault has ended. */
  readonly endMs: number;
}

export function keyOf({ kind, namespace, name }: WorkloadKey): string {
  return `${kind} ${namespace}/${name}`;
}
