// workload: puts a workload together from what is observed of it, whatever its kind.
import type { ObservedOwner, ObservedPod, ObservedTarget } from '../observe/observed.js';
import { imagesOf, type RememberedDigests } from './images.js';
import { currentRevision, isOfTemplate, podsByRevision } from './revision.js';
import { keepsTemplate } from './stopped.js';
import type { Puller, StartedJob, Workload, WorkloadRef } from './workload.js';

/** Everything observed that belongs to one workload. */
export interface Sighted {
  readonly ref: Omit<WorkloadRef, 'uid'>;
  readonly target: ObservedTarget | undefined;
  /** Those whose chain of owners ends at the workload. */
  readonly pods: readonly ObservedPod[];
  /** Those between the workload and its pods. */
  readonly owners: readonly ObservedOwner[];
  /** The uid that the pods' owner references name, for kinds that are not watched themselves. */
  readonly uid: string | undefined;
  /** Why it can't be acted on, in a sentence. */
  readonly untouchable?: string;
  /** Those that its pods had when it was stopped: where it keeps no template, nobody else can tell them while none runs. */
  readonly labelsNoted?: Workload['labels'];
}

/**
 * @param digestsNoted on a Job that was suspended: nobody else can tell them while it does not run
 * @returns undefined when there is no such workload (any more)
 */
export function assembleWorkload(
  sighted: Sighted,
  remembered: RememberedDigests,
  digestsNoted: (job: ObservedTarget) => RememberedDigests = () => new Map(),
): Workload | undefined {
  const { ref, target, pods, owners, untouchable } = sighted;
  const uid = target?.uid ?? sighted.uid;
  if (uid === undefined) return undefined;
  const running = pods.filter(({ finished }) => !finished);
  const startedJobs = target?.kind === 'CronJob' ? startedBy(owners, running) : [];
  const former = formerJobs(startedJobs, target).map((job) => ({
    containers: job.templateContainers,
    remembered: digestsNoted(job),
  }));
  return {
    ref: { ...ref, uid },
    labels: labelsOf(sighted),
    images: imagesOf({ target, pods: podsByRevision(target, running, owners), former }, remembered),
    nodes: [...new Set(running.flatMap(({ nodeName }) => nodeName ?? []))],
    puller: pullerOf(ref.namespace, target, running),
    pods: running.length,
    startedJobs,
    ...revisionOf(target, owners),
    ...(target === undefined ? {} : { target }),
    ...(untouchable === undefined ? {} : { untouchable }),
  };
}

function revisionOf(target: ObservedTarget | undefined, owners: readonly ObservedOwner[]): Pick<Workload, 'revision'> {
  const revision = target === undefined ? undefined : currentRevision(target, owners);
  return revision === undefined ? {} : { revision };
}

/** Of the template; where a kind keeps none that we know of, those of its pods. */
function labelsOf({ target, pods, labelsNoted }: Sighted): Workload['labels'] {
  if (target !== undefined && keepsTemplate(target)) return target.templateLabels;
  return pods[0]?.labels ?? labelsNoted ?? target?.templateLabels ?? {};
}

/** Those of a template that the CronJob no longer has, and that run nothing that would tell of them. */
function formerJobs(jobs: readonly StartedJob[], cronJob: ObservedTarget | undefined): readonly ObservedTarget[] {
  if (cronJob === undefined) return [];
  return jobs.flatMap(({ target: job, pods }) => (pods > 0 || isOfTemplate(job, cronJob) ? [] : [job]));
}

function startedBy(owners: readonly ObservedOwner[], pods: readonly ObservedPod[]): readonly StartedJob[] {
  return owners.flatMap(({ target: part, ...job }) => {
    if (part === undefined) return [];
    const own = pods.filter(({ owner }) => owner?.uid === job.uid);
    const containers = [...part.templateContainers, ...own.flatMap((pod) => pod.containers)];
    const references = new Set(containers.map(({ image }) => image));
    return [{ target: { ...job, ...part }, references, pods: own.length }];
  });
}

function pullerOf(namespace: string, target: ObservedTarget | undefined, pods: readonly ObservedPod[]): Puller {
  const ofPods = pods.flatMap(({ pullSecrets }) => pullSecrets ?? []);
  const pullSecrets = [...new Set([...ofPods, ...(target?.templatePullSecrets ?? [])])].sort();
  const serviceAccount = pods.length > 0 || target === undefined ? '' : (target.templateServiceAccount ?? 'default');
  return { namespace, pullSecrets, serviceAccount };
}
