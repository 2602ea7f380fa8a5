// controllers: what the scan stage is to know of a workload's images, put together from workload, nodes and the result.
import type { Store } from '@dot-kube/operator';
import type { XrayScanResultStatus } from '../../api/v1alpha1/types.js';
import type { ObservedObject } from '../../observe/observed.js';
import type { Platform } from '../../registry/platform.js';
import { rememberedFacts } from '../../report/result/memory.js';
import type { WantedImage } from '../../scan/wanted.js';
import type { Digest } from '../../workload/digest.js';
import type { Workload } from '../../workload/workload.js';

export type PlatformsOf = (nodes: readonly string[]) => readonly Platform[];

/** By the well-known labels of nodes. Where no node is known yet, any node of the cluster may run the workload. */
export function platformsByNode(store: Store<ObservedObject>): PlatformsOf {
  return (names) => {
    const named = names.flatMap((name) => store.get({ namespace: '', name }) ?? []);
    return distinctPlatforms(named.length > 0 ? named : [...store.list()]);
  };
}

function distinctPlatforms(nodes: readonly ObservedObject[]): readonly Platform[] {
  const platforms = nodes.flatMap(({ labels }): [string, Platform][] => {
    const [os, architecture] = [labels['kubernetes.io/os'], labels['kubernetes.io/arch']];
    return os === undefined || architecture === undefined ? [] : [[`${os}/${architecture}`, { os, architecture }]];
  });
  return [...new Map(platforms).values()];
}

export interface WantedFor {
  readonly platformsOf: PlatformsOf;
  /** Of the workload's result: what it remembers of an image counts until Xray has told of it. */
  readonly status: XrayScanResultStatus | undefined;
  /** Xray has told of it. */
  readonly isKnown: (digest: Digest) => boolean;
  /** A policy goes by what Xray raised of its images. */
  readonly needsViolations: boolean;
}

/** One for each digest. */
export function wantedImages(
  { images, nodes, puller }: Workload,
  { platformsOf, status, isKnown, needsViolations }: WantedFor,
): readonly WantedImage[] {
  const known = images.flatMap(({ digest, reference }) => (digest === undefined ? [] : [{ digest, reference }]));
  const platforms = known.length === 0 ? [] : platformsOf(nodes);
  return [...Map.groupBy(known, ({ digest }) => digest)].map(([digest, same]) => {
    const remembered = isKnown(digest) ? undefined : rememberedFacts(status, digest);
    return {
      digest,
      references: [...new Set(same.map(({ reference }) => reference))],
      platforms,
      pullers: [puller],
      ...(remembered === undefined ? {} : { remembered }),
      ...(needsViolations ? { needsViolations: true } : {}),
    };
  });
}
