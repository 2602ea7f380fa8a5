// cli/dashboard/page: what the page knows, from what the server tells it. Pure.
import type { StandingWorkload } from '../../status/overview.js';
import { byWorst, type ConnectionState, type PolicyState } from '../../status/overview.js';
import type { Item, Update, WorkloadLine } from '../item.js';

export interface Shown {
  /** Absent: all namespaces. */
  readonly namespace?: string;
  /** The worst first. */
  readonly workloads: readonly WorkloadLine[];
  readonly policies: readonly PolicyState[];
  readonly connections: readonly ConnectionState[];
  readonly notes: readonly string[];
  /** Counts the changes of policies and exceptions: whoever shows what they come to looks again. */
  readonly rules: number;
  readonly items: ReadonlyMap<string, Item>;
}

export const nothing: Shown = {
  workloads: [],
  policies: [],
  connections: [],
  notes: [],
  rules: 0,
  items: new Map(),
};

export function shownAfter(before: Shown, { whole, namespace, put, gone, notes }: Update): Shown {
  const items = new Map(whole ? [] : before.items);
  for (const id of gone) items.delete(id);
  for (const item of put) items.set(item.id, item);
  const touched = new Set([...gone, ...put.map(({ id }) => id)]);
  const isTouched = (kind: Item['kind']): boolean =>
    whole || [...touched].some((id) => (items.get(id) ?? before.items.get(id))?.kind === kind);
  const lines = linesOf(items);
  return {
    ...(namespace === undefined ? {} : { namespace }),
    workloads: isTouched('Workload') ? sorted(whole ? nothing : before, items, touched) : before.workloads,
    policies: isTouched('Policy') ? lines.policies() : before.policies,
    connections: isTouched('Connection') ? lines.connections() : before.connections,
    notes,
    rules: before.rules + Number(isTouched('Policy') || isTouched('Exception')),
    items,
  };
}

/** What has not changed keeps its order, so that to sort again costs little. */
function sorted(
  { workloads, items: old }: Shown,
  items: ReadonlyMap<string, Item>,
  touched: ReadonlySet<string>,
): readonly WorkloadLine[] {
  const gone = new Set<StandingWorkload>();
  const news: WorkloadLine[] = [];
  for (const id of touched) {
    const [was, is] = [old.get(id), items.get(id)];
    if (was?.kind === 'Workload') gone.add(was.line);
    if (is?.kind === 'Workload') news.push(is.line);
  }
  return [...workloads.filter((line) => !gone.has(line)), ...news].sort(byWorst);
}

function linesOf(items: ReadonlyMap<string, Item>): {
  policies(): readonly PolicyState[];
  connections(): readonly ConnectionState[];
} {
  const all = (): Item[] => [...items.values()];
  return {
    policies: () => all().flatMap((item) => (item.kind === 'Policy' ? [item.line] : [])),
    connections: () => all().flatMap((item) => (item.kind === 'Connection' ? [item.line] : [])),
  };
}
