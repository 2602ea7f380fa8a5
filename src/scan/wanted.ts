// scan: an image that a workload runs, with all that helps to ask about it. Pure.
import type { Platform } from '../registry/platform.js';
import type { Digest } from '../workload/digest.js';
import type { Puller } from '../workload/workload.js';
import { type Remembered, rememberedTogether } from './knowledge.js';

export interface WantedImage {
  readonly digest: Digest;
  /** As pods and templates write it; where it lies in Artifactory and in which registry is read off here. */
  readonly references: readonly string[];
  /** Of the nodes that run it. */
  readonly platforms: readonly Platform[];
  /** Who may pull it. */
  readonly pullers: readonly Puller[];
  readonly remembered?: Remembered;
  /** A policy goes by what Xray itself raised of it: whether it raised anything is worth a question of its own. */
  readonly needsViolations?: true;
}

export interface AskedImage extends Omit<WantedImage, 'remembered'> {
  /** It was without facts, or with a part of them only: whether a scan is complete is worth a question of its own. */
  readonly wasUnsettled: boolean;
}

const MAX_PULLERS = 5; // one that may pull suffices, and a popular image is pulled by thousands

/** What several workloads know of one image, together. */
export function wantedTogether(digest: Digest, images: readonly WantedImage[]): Omit<WantedImage, 'remembered'> {
  return {
    digest,
    references: [...new Set(images.flatMap(({ references }) => references))],
    platforms: distinct(images.flatMap(({ platforms }) => platforms)),
    pullers: distinct(images.flatMap(({ pullers }) => pullers)).slice(0, MAX_PULLERS),
    ...(images.some(({ needsViolations }) => needsViolations) ? { needsViolations: true } : {}),
  };
}

/** All that their results remember. */
export function allRemembered(images: Iterable<WantedImage>): Remembered | undefined {
  const [first, ...others] = [...images].flatMap(({ remembered }) => remembered ?? []);
  return first === undefined ? undefined : rememberedTogether([first, ...others]);
}

function distinct<T extends object>(all: readonly T[]): readonly T[] {
  return [...new Map(all.map((one) => [JSON.stringify(one), one])).values()];
}
