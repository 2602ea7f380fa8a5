// chaos/model: what the history in a result has to say: each write of the operator to the workload once, whatever befell it meanwhile.

/** What the operator did to a workload, by what was seen of it. */
export type Act = 'stop' | 'end' | 'roll back' | 'delete';

/** As far as it is read. */
export interface Line {
  readonly act: string;
  readonly at: string;
  readonly outcome: string;
  readonly workloadUid: string;
  readonly times?: number;
}

/** The oldest lines of a longer one are gone. */
const MOST_LINES = 10;

/**
 * @param lost acts of which nothing may be left to tell
 * @param lines the newest first, of all workloads that had the name
 */
export function unlikeActs(
  uid: string,
  { acts, lost }: { readonly acts: readonly Act[]; readonly lost: readonly Act[] },
  lines: readonly Line[],
): readonly string[] {
  const own = lines.filter(({ workloadUid }) => workloadUid === uid);
  const twice = own.filter((line, i) => own.slice(i + 1).some(({ act, at }) => act === line.act && at === line.at));
  const found = twice.map(({ act, at }) => `its history tells twice of ${act} at ${at}`);
  if (lines.length >= MOST_LINES) return found;
  const told = toldIn(own);
  const kinds: readonly Act[] = ['stop', 'end', 'roll back', 'delete'];
  const count = (all: readonly Act[], kind: Act): number => all.filter((act) => act === kind).length;
  const counts = kinds.map((kind) => ({ kind, done: count(acts, kind), said: told[kind], spare: count(lost, kind) }));
  const wrong = counts.filter(({ done, said, spare }) => said < done || said > done + spare);
  return [
    ...found,
    ...wrong.map(({ kind, done, said }) => `"${kind}" was done ${done} times, and its history tells of ${said}`),
  ];
}

function toldIn(own: readonly Line[]): Readonly<Record<Act, number>> {
  const told = { stop: 0, end: 0, 'roll back': 0, delete: 0 };
  own.forEach((line, i) => {
    const act = actIn(line, own[i + 1]);
    if (act !== undefined) told[act] += act === 'stop' ? (line.times ?? 1) : 1;
  });
  return told;
}

function actIn({ act, outcome }: Line, before: Line | undefined): Act | undefined {
  switch (act) {
    case 'ScaledDown':
    case 'Suspended':
      return 'stop';
    case 'Restored':
      return 'end';
    case 'Released':
      return before?.act === 'RolledBack' ? undefined : 'end'; // that of a rollback is somebody else's
    case 'RolledBack':
      return 'roll back';
    case 'Deleted':
      return outcome === 'Done' ? 'delete' : undefined; // it was only requested
    default:
      return undefined;
  }
}
