// workload: which images a workload runs or is about to run, each with the digest if anybody knows it.
import type { ObservedContainer, ObservedTarget, TemplateContainer } from '../observe/observed.js';
import { type Digest, digestOfImageId, digestOfReference } from './digest.js';
import type { PodsByRevision } from './revision.js';
import { isStopped, keepsTemplate } from './stopped.js';
import type { ImageContainer, WorkloadImage } from './workload.js';

/** The digest that a reference had when pods last ran it, as the workload's result remembers it. */
export type RememberedDigests = ReadonlyMap<string, Digest>;

export interface Sighting extends ImageContainer {
  readonly reference: string;
  readonly digest?: Digest;
}

export interface SeenImages {
  readonly target: ObservedTarget | undefined;
  readonly pods: PodsByRevision;
  /** Jobs of a CronJob's former template that have no pods now. */
  readonly former: readonly {
    readonly containers: readonly TemplateContainer[];
    readonly remembered: RememberedDigests;
  }[];
}

/**
 * The images of a workload, one entry for each (reference, digest, revision).
 *
 * A pod's `imageID` is what runs; before the runtime has told, a digest in the reference is as good. Only where no
 * pod of the current revision will tell any more does the digest count that the reference had last: there is none, or the
 * workload is stopped, and those that are left end before they have pulled it. With pods under way they will tell
 * themselves, and a tag may have moved.
 */
export function imagesOf(
  { target, pods, former }: SeenImages,
  remembered: RememberedDigests,
): readonly WorkloadImage[] {
  const isStoppedNow = target !== undefined && isStopped(target);
  const forPods = isStoppedNow ? remembered : NOTHING;
  const forTemplate = isStoppedNow || pods.current.length === 0 ? remembered : NOTHING;
  const current = pods.current.flatMap((pod) => pod.containers.map((container) => sightingInPod(container, forPods)));
  const declared = declaredBy(target, pods, remembered).map((container) => sightingInTemplate(container, forTemplate));
  const unseen = declared.filter(({ name, kind }) => !current.some((s) => s.name === name && s.kind === kind));
  const previous = [
    ...pods.previous.flatMap((pod) => pod.containers.map((container) => sightingInPod(container, NOTHING))),
    ...former.flatMap((job) => job.containers.map((container) => sightingInTemplate(container, job.remembered))),
  ];

  return [...grouped([...current, ...unseen], 'Current'), ...grouped(previous, 'Previous')];
}

/** A custom kind without a pod template that we know of declares nothing: while it has no pods, what it ran last stands for it. */
function declaredBy(
  target: ObservedTarget | undefined,
  { current }: PodsByRevision,
  remembered: RememberedDigests,
): readonly TemplateContainer[] {
  if (target === undefined) return [];
  if (keepsTemplate(target) || current.length > 0) return target.templateContainers;
  return [...remembered.keys()].map((image) => ({ name: 'unknown', kind: 'Container', image }));
}

const NOTHING: RememberedDigests = new Map();

function sightingInPod({ name, kind, image, imageId }: ObservedContainer, remembered: RememberedDigests): Sighting {
  const digest = digestOfImageId(imageId) ?? digestOfReference(image) ?? remembered.get(image);
  return { name, kind, reference: image, ...(digest === undefined ? {} : { digest }) };
}

function sightingInTemplate({ name, kind, image }: TemplateContainer, remembered: RememberedDigests): Sighting {
  const digest = digestOfReference(image) ?? remembered.get(image);
  return { name, kind, reference: image, ...(digest === undefined ? {} : { digest }) };
}

/** One entry for each reference and digest. */
export function grouped(sightings: readonly Sighting[], revision: WorkloadImage['revision']): WorkloadImage[] {
  const byImage = Map.groupBy(sightings, ({ reference, digest }) => `${reference} ${digest ?? ''}`);
  return [...byImage.values()].flatMap((same) => {
    const [first] = same;
    if (first === undefined) return [];
    const containers = new Map(same.map(({ name, kind }) => [`${kind} ${name}`, { name, kind }]));
    const image = { reference: first.reference, containers: [...containers.values()], revision };
    return [first.digest === undefined ? image : { ...image, digest: first.digest }];
  });
}
