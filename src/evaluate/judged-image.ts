// evaluate: an image of a workload with what is known of it, and what is remembered from the passes before.
import type { Knowledge } from '../scan/knowledge.js';
import type { WorkloadImage } from '../workload/workload.js';
import type { Breach } from './breach.js';

export interface JudgedImage extends WorkloadImage {
  /** Absent while the digest is not known. */
  readonly knowledge?: Knowledge;
  readonly firstSeen: Date;
}

/** What a workload's result remembers, so that grace periods survive a restart. */
export interface Memory {
  readonly imageFirstSeen: (reference: string, digest: string | undefined) => Date | undefined;
  readonly violationFirstSeen: (breach: Pick<Breach, 'condition' | 'id'>, image: string) => Date | undefined;
}
