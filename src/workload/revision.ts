// workload: tells the pods of the revision that is being rolled out from the leftovers of an older one.
import type { ObservedOwner, ObservedPod, ObservedTarget, TargetPart, TemplateContainer } from '../observe/observed.js';

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
  const isCurrent = target === undefined ? undefined : currentTest(target, owners, pods);
  if (target === undefined || isCurrent === undefined) return { current: pods, previous: [] };
  if (target.observedGeneration < target.generation) return { current: [], previous: pods };

  return { current: pods.filter(isCurrent), previous: pods.filter((pod) => !isCurrent(pod)) };
}

type CurrentTest = (pod: ObservedPod) => boolean;

/** @returns undefined for a kind that has no revisions */
function currentTest(
  target: ObservedTarget,
  owners: readonly ObservedOwner[],
  pods: readonly ObservedPod[],
): CurrentTest | undefined {
  switch (target.kind) {
    case 'Deployment':
      return ownedBy(owners.filter(({ revision }) => revision === target.revision));
    case 'StatefulSet':
      return ({ labels }) => labels[REVISION_LABEL] === target.revision;
    case 'DaemonSet':
      // A template that was changed and changed back leaves its pods where they are, with the generation that they had.
      return (pod) => pod.labels[TEMPLATE_GENERATION_LABEL] === target.revision || runsAsIn(target, pod);
    case 'CronJob':
      return startedFrom(target, owners);
    case 'ReplicaSet':
    case 'ReplicationController':
    case 'Job':
    case 'Pod':
      return undefined;
    case 'Custom':
      return likeTemplate(target, pods);
  }
}

/**
 * How a custom kind tells its revisions is its own affair: once a pod runs just what the template names, those that don't are
 * leftovers. Before, all count, for a web hook may have changed their images.
 */
function likeTemplate(target: ObservedTarget, pods: readonly ObservedPod[]): CurrentTest | undefined {
  const isLike = (pod: ObservedPod): boolean => runsAsIn(target, pod);
  return pods.some(isLike) ? isLike : undefined;
}

/** A Job that has ended keeps no template here, and its pods may not be seen to have ended yet: their own images tell. */
function startedFrom(cronJob: ObservedTarget, owners: readonly ObservedOwner[]): CurrentTest {
  const isOfCurrent = ownedBy(owners.filter(({ target: job }) => job !== undefined && isOfTemplate(job, cronJob)));
  const isOfEnded = ownedBy(owners.filter(({ target: job }) => job === undefined));
  return (pod) => isOfCurrent(pod) || (isOfEnded(pod) && runsAsIn(cronJob, pod));
}

function runsAsIn({ templateContainers }: ObservedTarget, { containers }: ObservedPod): boolean {
  const declared = containers.filter(({ kind }) => kind !== 'EphemeralContainer');
  return imagesText(declared) === imagesText(templateContainers);
}

function ownedBy(owners: readonly ObservedOwner[]): CurrentTest {
  const uids = new Set(owners.map(({ uid }) => uid));
  return ({ owner }) => owner !== undefined && uids.has(owner.uid);
}

/**
 * The name of the object that keeps the current revision of a kind that can be rolled back.
 *
 * @returns undefined while its controller has not seen the newest template, and for other kinds
 */
export function currentRevision(
  { kind, revision, generation, observedGeneration }: ObservedTarget,
  owners: readonly ObservedOwner[],
): string | undefined {
  if (observedGeneration < generation || revision === '') return undefined;
  if (kind === 'Deployment') return owners.find((owner) => owner.revision === revision)?.name;
  return kind === 'StatefulSet' ? revision : undefined;
}

/** @param name of the ReplicaSet or ControllerRevision that keeps it */
export function isOfRevision(
  name: string,
  { kind }: Pick<TargetPart, 'kind'>,
  { owner, labels }: ObservedPod,
): boolean {
  return kind === 'Deployment' ? owner?.name === name : labels[REVISION_LABEL] === name;
}

/** A CronJob copies its template into each Job, and nothing tells later which one it was: the images do. */
export function isOfTemplate(
  job: Pick<TargetPart, 'templateContainers'>,
  cronJob: Pick<TargetPart, 'templateContainers'>,
): boolean {
  return imagesText(job.templateContainers) === imagesText(cronJob.templateContainers);
}

function imagesText(containers: readonly TemplateContainer[]): string {
  return containers.map(({ kind, name, image }) => `${kind} ${name} ${image}`).join('\n');
}
