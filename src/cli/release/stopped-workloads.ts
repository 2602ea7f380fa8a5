// cli/release: finds what the operator has stopped: by the notes on workloads of every kind, and by the results.
import type { ResourceCoordinates } from '@dot-kube/operator';
import type { V1ObjectMeta } from '@kubernetes/client-node';
import { xrayScanResults } from '../../api/v1alpha1/coordinates.js';
import type { XrayScanResultStatus } from '../../api/v1alpha1/types.js';
import { type BuiltInKind, WORKLOAD_KINDS, workloadKindOf } from '../../api/workload-kinds.js';
import { readCustom } from '../../observe/custom-workloads.js';
import { NOTE_ANNOTATION, ROLLED_BACK_ANNOTATION } from '../../api/note-annotation.js';
import type { ObservedTarget, TargetPart } from '../../observe/observed.js';
import {
  cronJobTarget,
  daemonSetTarget,
  deploymentTarget,
  jobTarget,
  keptOf,
  replicaSetTarget,
  replicationControllerTarget,
  statefulSetTarget,
} from '../../observe/target.js';
import { controllerOf } from '../../observe/owner-reference.js';
import { isStopAction } from '../../report/result/standing.js';
import type { Reader } from '../in-cluster.js';
import type { StoredResult } from '../stored.js';
import type { Cluster } from '../world.js';
import { type Release, releaseOf } from './release.js';

export interface Stopped {
  readonly target: ObservedTarget;
  /** The uid of the CronJob that a Job was suspended with. */
  readonly cronJob?: string;
  readonly status?: XrayScanResultStatus;
  readonly release: Exclude<Release, { kind: 'nothing' }>;
}

/** A note that holds nothing back: of a rollback, or one that a Deployment's controller has copied to a ReplicaSet of it. */
export interface Leftover {
  readonly coordinates: ResourceCoordinates;
  readonly annotations: readonly string[];
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
}

export interface Found {
  readonly stopped: readonly Stopped[];
  readonly leftovers: readonly Leftover[];
}

interface Wire {
  readonly metadata: V1ObjectMeta;
}

type KeptKind = Exclude<BuiltInKind, 'Pod'>;

/** The projections take what the API server keeps of each kind; that it is of that kind is all that is known here. */
const PROJECTIONS: Readonly<Record<KeptKind, (wire: never) => TargetPart>> = {
  Deployment: deploymentTarget,
  StatefulSet: statefulSetTarget,
  DaemonSet: daemonSetTarget,
  ReplicaSet: replicaSetTarget,
  ReplicationController: replicationControllerTarget,
  CronJob: cronJobTarget,
  Job: jobTarget,
};

// A CronJob goes on before its Jobs do, as it was stopped before them.
const KINDS: readonly KeptKind[] = [
  'Deployment',
  'StatefulSet',
  'DaemonSet',
  'ReplicaSet',
  'ReplicationController',
  'CronJob',
  'Job',
];

/** @param namespace undefined: all @throws KubeApiError */
export async function findStopped(
  cluster: Cluster,
  reader: Reader,
  namespace: string | undefined,
  now: Date,
): Promise<Found> {
  const results = await reader.list<StoredResult>(xrayScanResults, namespace);
  const byUid = new Map(results.map((result) => [result.spec.workloadRef.uid, result.status]));
  const stopped: Stopped[] = [];
  const leftovers: Leftover[] = [];
  for (const kind of KINDS)
    for (const wire of await reader.list<Wire>(WORKLOAD_KINDS[kind], namespace)) {
      const target = targetOf(kind, wire);
      leftovers.push(...leftoverOf(kind, wire.metadata));
      if (isOwned(wire.metadata, kind)) continue;
      const { owner } = controllerOf(wire.metadata);
      const cronJob = owner === undefined ? {} : { cronJob: owner.uid };
      stopped.push(...stoppedOf(target, byUid.get(target.uid), now).map((one) => ({ ...one, ...cronJob })));
    }
  return { stopped: [...stopped, ...(await findCustom(results, cluster, reader, now))], leftovers };
}

function targetOf(kind: KeptKind, wire: Wire): ObservedTarget {
  // eslint-disable-next-line @typescript-eslint/no-unsafe-type-assertion -- listed as objects of this kind
  return { ...keptOf(wire.metadata), ...PROJECTIONS[kind](wire as never) };
}

/** The Jobs of a CronJob are stopped themselves; what else has an owner never is. */
function isOwned({ ownerReferences = [] }: V1ObjectMeta, kind: KeptKind): boolean {
  return ownerReferences.some(
    ({ controller, kind: owner }) => controller === true && !(kind === 'Job' && owner === 'CronJob'),
  );
}

function leftoverOf(kind: KeptKind, metadata: V1ObjectMeta): readonly Leftover[] {
  const isCopy = kind === 'ReplicaSet' && isOwned(metadata, kind);
  const names = [ROLLED_BACK_ANNOTATION, ...(isCopy ? [NOTE_ANNOTATION] : [])];
  const annotations = names.filter((name) => metadata.annotations?.[name] !== undefined);
  const { namespace, name, uid } = keptOf(metadata);
  return annotations.length === 0 ? [] : [{ coordinates: WORKLOAD_KINDS[kind], annotations, namespace, name, uid }];
}

function stoppedOf(target: ObservedTarget, status: XrayScanResultStatus | undefined, now: Date): readonly Stopped[] {
  const release = releaseOf(target, status, now);
  return release.kind === 'nothing' ? [] : [{ target, release, ...(status === undefined ? {} : { status }) }];
}

/** Nobody knows all kinds that there are: of the custom ones the results tell which were stopped. */
async function findCustom(
  results: readonly StoredResult[],
  { client, signal }: Cluster,
  reader: Reader,
  now: Date,
): Promise<readonly Stopped[]> {
  const found: Stopped[] = [];
  for (const { metadata, spec, status } of results) {
    const { apiVersion, kind, name } = spec.workloadRef;
    const ref = { apiVersion, kind, name, namespace: metadata.namespace ?? '' };
    if (workloadKindOf(ref) !== 'Custom' || !isStopAction(status?.enforcement?.action ?? 'Released')) continue;
    const sight = await readCustom(ref, client, signal);
    if (sight.kind === 'found') found.push(...stoppedOf(sight.target, status, now));
    if (sight.kind === 'unreadable') reader.notes.push(sight.why);
  }
  return found;
}
