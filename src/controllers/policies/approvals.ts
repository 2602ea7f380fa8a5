// controllers: which policies somebody has approved as they stand now, by the annotation on them. An approval is for one
// generation: the next edit ends it.
import type { Approvable } from '../../report/brake-wording.js';

export interface ApprovalInput {
  readonly generation: number;
  /** The annotation's value. */
  readonly approve?: string;
}

interface Known {
  readonly generation: number;
  readonly isApproved: boolean;
}

export class Approvals {
  readonly #known = new Map<string, Known>();

  /** @param isInForce not an older form of it is @returns whether it is approved now and was not, or the other way round */
  put(policy: string, { generation, approve }: ApprovalInput, isInForce: boolean): boolean {
    const before = this.isApproved(policy);
    const isApproved = isInForce && approve === String(generation);
    this.#known.set(policy, { generation, isApproved });
    return before !== isApproved;
  }

  remove(policy: string): void {
    this.#known.delete(policy);
  }

  isApproved(policy: string): boolean {
    return this.#known.get(policy)?.isApproved ?? false;
  }

  /** What would have to be approved. */
  approvable(policy: string): Approvable {
    return { policy, generation: this.#known.get(policy)?.generation ?? 0 };
  }
}
