// chaos/model: what must hold of a rollback, and of a stop that is made instead of one.
import { digestOf } from '../../cluster/digest.js';
import type { WorkloadKind } from '../story/world.js';
import type { Model } from './model.js';
import { digestsIn, isUnexplained } from './notes.js';
import type { Workload } from './workload.js';

interface Write {
  readonly before: Workload;
  readonly after: Workload;
  readonly atMs: number;
}

export interface Rollback extends Write {
  /** That it has had before. */
  readonly templates: ReadonlySet<string>;
}

/** To what it was before, and to what complies by facts; not what somebody has brought back after a rollback. */
export function wrongWithRollback(rollback: Rollback, model: Model): readonly string[] {
  const { before, after, atMs } = rollback;
  return [
    ...wrongAsWritten(rollback),
    ...(model.mayRollBack(before, atMs) ? [] : ['not all who ask agree to a rollback, or nobody asks']),
    ...(model.mayRunAgain(after, atMs) ? [] : ['what it rolled back to does not comply by any facts']),
  ];
}

function wrongAsWritten({ before, after, templates }: Rollback): readonly string[] {
  const former = digestsIn(before.rolledBack);
  const rules: readonly [isSo: boolean, what: string][] = [
    [before.replicas !== after.replicas, `it rolled back from ${before.replicas} to ${after.replicas} replicas`],
    [before.note !== undefined || before.replicas === 0, 'it rolled back what is stopped'],
    [after.note !== before.note, 'it rolled back and changed the note of a stop'],
    [after.rolledBack === undefined || after.rolledBack === before.rolledBack, 'it rolled back without a note'],
    [!templates.has(after.template), 'it rolled back to what the workload never was'],
    [
      before.images.every((image) => former.has(digestOf(image))),
      'it rolled back once more what somebody had brought back',
    ],
  ];
  return rules.flatMap(([isSo, what]) => (isSo ? [what] : []));
}

const ROLLED_BACK_KINDS = new Set<WorkloadKind>(['Deployment', 'StatefulSet']);

/** A first stop, of what all who ask for it would rather have rolled back. */
export function isSilentOnRollback({ before, after, atMs }: Write, model: Model): boolean {
  return ROLLED_BACK_KINDS.has(before.kind) && isUnexplained(after.note) && model.allRollBack(before, atMs);
}
