// workload: tells the pods of the revision that is being rolled out from the leftovers of an older one.
import type { ObservedOwner, ObservedPod, ObservedTarget, TemplateContainer } from '../observe/observed.js';

// Set by the controllers on each pod (apps/v1 ControllerRevisionHashLabelKey and DeprecatedTemplateGeneration).
const REVISION_LABEL = 'controller-revision-hash';
const TEMPLATE_GENERATION_LABEL = 'pod-template-generation';

export interface PodsByRevision {
  readonly current: readonly ObservedPod[];
  readonly previous: readonly ObservedPod[];
}

/**
 * Sorts a workload's pods. While the workload's controller has not yet seen the newest spec
 * (`status.observedGeneration` lags), every pod belongs to an older one. Kinds that have no revisions, and those that are
 * not acted on: all their pods count as current.
 *
 * @param owners those between the workload and its pods
 */
export function podsByRevision(
  target: ObservedTarget | undefined,
  pods: readonly ObservedPod[],
  owners: readonly ObservedOwner[],
): PodsByRevision {
  const isCurrent = target === undefined ? undefined : currentTest(target, owners);
  if (target === undefined || isCurrent === undefined) return { current: pods, previous: [] };
  if (target.observedGeneration < target.generation) return { current: [], previous: pods };

  return { current: pods.filter(isCurrent), previous: pods.filter((pod) => !isCurrent(pod)) };
}

type CurrentTest = (pod: ObservedPod) => boolean;

/** @returns undefined for a kind that has no revisions */
function currentTest(target: ObservedTarget, owners: readonly ObservedOwner[]): CurrentTest | undefined {
  switch (target.kind) {
    case 'Deployment':
      return ownedBy(owners.filter(({ revision }) => revision === target.revision));
    case 'StatefulSet':
      return ({ labels }) => labels[REVISION_LABEL] === target.revision;
    case 'DaemonSet':
      return ({ labels }) => labels[TEMPLATE_GENERATION_LABEL] === target.revision;
    case 'CronJob':
      return ownedBy(owners.filter((job) => isOfTemplate(job, target)));
    case 'ReplicaSet':
    case 'ReplicationController':
    case 'Job':
    case 'Pod':
    case 'Custom':
      return undefined;
  }
}

function ownedBy(owners: readonly ObservedOwner[]): CurrentTest {
  const uids = new Set(owners.map(({ uid }) => uid));
  return ({ owner }) => owner !== undefined && uids.has(owner.uid);
}

/** A CronJob copies its template into each Job, and nothing tells later which one it was: the images do. */
function isOfTemplate({ target: job }: ObservedOwner, cronJob: ObservedTarget): boolean {
  return job === undefined || imagesText(job.templateContainers) === imagesText(cronJob.templateContainers);
}

function imagesText(containers: readonly TemplateContainer[]): string {
  return containers.map(({ kind, name, image }) => `${kind} ${name} ${image}`).join('\n');
}
