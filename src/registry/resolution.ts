// registry: what a digest stands for, as its registry says. Read by scan, which asks Xray with it.
import type { Digest } from '../workload/digest.js';
import type { Platform } from './platform.js';
import type { Puller } from '../workload/workload.js';

export type Resolution =
  /** The digest is that of an image for one platform: the very digest that Xray would know. */
  | { readonly kind: 'image' }
  /** It is that of an index; these are the images that the nodes in question run. Empty = none of them fits. */
  | { readonly kind: 'index'; readonly manifests: readonly Digest[] }
  /** Nobody could say. */
  | { readonly kind: 'unknown'; readonly why: string };

export interface LookUp {
  readonly digest: Digest;
  readonly references: readonly string[];
  readonly platforms: readonly Platform[];
  readonly pullers: readonly Puller[];
}

export type Resolve = (image: LookUp, signal: AbortSignal) => Promise<Resolution>;
