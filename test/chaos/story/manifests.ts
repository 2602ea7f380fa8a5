// chaos/story: what the story's people write, as the API server takes it, and what is read back of it. The same for the played and
// the real API server.
import { resultName } from '../../../src/report/result/result-name.js';
import type { Said } from '../model/at-rest.js';
import type { Workload } from '../model/workload.js';
import { type Step, WORKLOAD_KINDS, type WorkloadKey, type WorkloadSpec } from './world.js';

/** The operator's annotation on what it has stopped, and the label by which it stops a DaemonSet. */
const NOTE = 'kubexray.io/stopped';
/** Its annotation on what it has rolled back. */
const ROLLED_BACK = 'kubexray.io/rolled-back';
/** The annotation that approves a policy as it stands, by its generation. */
export const APPROVE = 'kubexray.io/approve';

/** Nothing can satisfy it. */
export const SPOILT = {
  matchExpressions: [
    { key: 'tier', operator: 'Exists' },
    { key: 'tier', operator: 'DoesNotExist' },
  ],
};

type WorkloadEdit = Extract<Step, { readonly do: 'set image' | 'set replicas' | 'label workload' }>;

/** A merge patch; undefined where there is nothing to write. */
export function patchOf(step: WorkloadEdit): object | undefined {
  switch (step.do) {
    case 'set image':
      return templatePatch(step.workload, { spec: { containers: [{ name: 'main', image: step.image }] } });
    case 'set replicas': {
      const spec = runningSpec(step.workload, step.replicas);
      return spec && { spec };
    }
    case 'label workload': {
      const metadata = { labels: { extra: null, ...step.labels } };
      return step.workload.kind === 'Pod' ? { metadata } : templatePatch(step.workload, { metadata });
    }
  }
}

function templatePatch({ kind }: WorkloadKey, template: object): object {
  return { spec: kind === 'CronJob' ? { jobTemplate: { spec: { template } } } : { template } };
}

/** Lets it run with so many, whatever has stopped it. */
function runningSpec({ kind }: WorkloadKey, replicas: number): object | undefined {
  switch (kind) {
    case 'Deployment':
    case 'StatefulSet':
    case 'ReplicaSet':
    case 'ReplicationController':
      return { replicas };
    case 'Job':
    case 'CronJob':
      return { suspend: false };
    case 'DaemonSet':
      return { template: { spec: { nodeSelector: { [NOTE]: null } } } };
    case 'Pod':
      return undefined;
  }
}

export function bodyOf(workload: WorkloadSpec): object {
  const { kind, name, replicas, claims } = workload;
  const template = templateOf(workload);
  const selector = { matchLabels: { app: name } };
  switch (kind) {
    case 'Deployment':
    case 'ReplicaSet':
      return { spec: { replicas, selector, template } };
    case 'StatefulSet': {
      const retention = claims === undefined ? {} : { persistentVolumeClaimRetentionPolicy: claims };
      return { spec: { replicas, selector, serviceName: name, template, ...retention } };
    }
    case 'ReplicationController':
      return { spec: { replicas, selector: { app: name }, template } };
    case 'DaemonSet':
      return { spec: { selector, template } };
    case 'Job':
      return { spec: { parallelism: replicas, suspend: false, template: ending(template) } };
    case 'CronJob':
      return {
        spec: { schedule: '* * * * *', suspend: false, jobTemplate: { spec: { template: ending(template) } } },
      };
    case 'Pod':
      return template;
  }
}

function templateOf({ name, labels, image, initImage }: WorkloadSpec): WireTemplate {
  const initContainers = initImage === undefined ? {} : { initContainers: [{ name: 'init', image: initImage }] };
  return {
    metadata: { labels: { app: name, ...labels } },
    spec: { containers: [{ name: 'main', image }], ...initContainers },
  };
}

function ending<T extends { readonly spec: object }>(template: T): T {
  return { ...template, spec: { ...template.spec, restartPolicy: 'Never' } };
}

interface WireTemplate {
  readonly metadata: { readonly labels: Readonly<Record<string, string>> };
  readonly spec: WirePodSpec;
}

interface WirePodSpec {
  readonly containers: readonly { readonly name?: string; readonly image: string }[];
  readonly initContainers?: readonly { readonly name?: string; readonly image: string }[];
  readonly nodeSelector?: Readonly<Record<string, string>>;
}

interface WireSpec extends WirePodSpec {
  readonly replicas?: number;
  readonly suspend?: boolean;
  readonly persistentVolumeClaimRetentionPolicy?: { readonly whenScaled: string; readonly whenDeleted: string };
  readonly template?: WireTemplate;
  readonly jobTemplate?: { readonly spec: { readonly template: WireTemplate } };
}

/** As far as it is read. */
export interface WireWorkload {
  readonly kind: string;
  readonly metadata: {
    readonly namespace?: string;
    readonly name: string;
    readonly uid: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly spec: WireSpec;
}

export function workloadOf({ kind: wireKind, metadata, spec }: WireWorkload): Workload {
  return {
    namespace: metadata.namespace ?? '',
    name: metadata.name,
    uid: metadata.uid,
    kind: WORKLOAD_KINDS.find((kind) => kind === wireKind) ?? 'Pod',
    ...runBy({ metadata, spec }),
    replicas: runningIn(spec),
    note: metadata.annotations?.[NOTE],
    rolledBack: metadata.annotations?.[ROLLED_BACK],
    claims: { ...RETAINED, ...spec.persistentVolumeClaimRetentionPolicy },
    template: JSON.stringify(spec.template ?? {}).replace(/,?"nodeSelector":\{[^}]*\}/, ''),
    rest: JSON.stringify({ ...spec, template: null, replicas: null, suspend: null }),
  };
}

function runBy({ metadata, spec }: Pick<WireWorkload, 'metadata' | 'spec'>): Pick<Workload, 'labels' | 'images'> {
  const template = spec.template ?? spec.jobTemplate?.spec.template;
  const { containers, initContainers = [] } = template?.spec ?? spec;
  return {
    labels: template?.metadata.labels ?? metadata.labels ?? {},
    images: [...containers, ...initContainers].map(({ image }) => image),
  };
}

const RETAINED = { whenScaled: 'Retain', whenDeleted: 'Retain' };

function runningIn({ replicas = 1, suspend = false, template }: WireSpec): number {
  return suspend || NOTE in (template?.spec.nodeSelector ?? {}) ? 0 : replicas;
}

export function isResultOf(
  { metadata }: { readonly metadata: { readonly namespace?: string | undefined; readonly name: string } },
  { kind, namespace, name }: WorkloadKey,
): boolean {
  return metadata.namespace === namespace && metadata.name === resultName({ apiVersion: 'v1', kind, name });
}

/** Of a result. */
export function saidIn({
  status = {},
}: {
  readonly status?: { readonly verdict?: unknown; readonly action?: unknown; readonly history?: unknown };
}): Said {
  const { verdict, action, history } = status;
  return {
    verdict: typeof verdict === 'string' ? verdict : undefined,
    action: typeof action === 'string' ? action : undefined,
    history: Array.isArray(history) ? (history as Said['history']) : [],
  };
}
