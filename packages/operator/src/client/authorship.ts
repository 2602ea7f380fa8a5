// client: of whose making the answer to a write is. A write that changes nothing is answered with what is there, and that may be what
// somebody else has just made: nobody has heard of it then, and its event is no echo of ours. Pure.
import type { Known } from '../cache/shared-cache.js';
import { isOlder } from '../cache/version.js';
import type { WireObject } from '../resource/resource.js';

export interface Asked {
  readonly fieldManager: string;
  /** By each cache of the kind. */
  readonly known: readonly Known[];
  readonly now: Date;
}

/**
 * False where somebody else made what was answered. What is not found out is what he changed while the write was on its way, in
 * the very second in which the field manager last changed something too.
 */
export function isOfOurMaking({ metadata }: WireObject, { fieldManager, known, now }: Asked): boolean {
  const { resourceVersion, deletionTimestamp, managedFields = [] } = metadata;
  const wasThere = known.some(({ seen }) => seen !== undefined && !isOlder(seen, resourceVersion));
  const isDeleted = deletionTimestamp !== undefined && known.some(({ isStanding }) => isStanding); // no managed field says so
  if (wasThere || isDeleted) return false;
  const times = managedFields.flatMap(({ manager, time }) =>
    time === undefined ? [] : [{ isOurs: manager === fieldManager, at: Date.parse(time) }],
  );
  const ours = times.filter(({ isOurs }) => isOurs).map(({ at }) => at);
  // A time to come is of a clock that was wrong, and would make somebody else's of all that we write until then.
  const theirs = times.filter(({ isOurs, at }) => !isOurs && at <= now.getTime()).map(({ at }) => at);
  return ours.length === 0 || Math.max(...ours) >= Math.max(...theirs);
}
