// docs/enforcement.md tells the brake as a table; this holds every row of it to what the brake does, in several orders.
import { describe, expect, test } from '@jest/globals';
import type { Asker } from '../../../src/api/v1alpha1/types.js';
import { type Ask, Brake } from '../../../src/plan/brake.js';
import { type BrakeRow, brakeTable } from '../../builders/brake-table.js';

const NOW_MS = 1_000_000_000;
const rules = { sharePercent: 25, floor: 10, windowMs: 24 * 3_600_000 };
const rows = brakeTable();

interface Wanted {
  readonly key: string;
  readonly namespace: string;
  readonly asker: Asker;
  readonly dueMs: number;
}

/** A cluster as the row says, in which `shop` has its workloads and another namespace the rest. */
function clusterOf({ cluster, shop, before }: BrakeRow): Brake {
  const brake = new Brake(rules);
  for (let i = 0; i < cluster; i++) brake.counts(`workload-${i}`, i < shop ? 'shop' : 'other');
  let next = 0;
  for (const { count, asker, inMs } of before)
    for (let i = 0; i < count; i++) {
      const atMs = NOW_MS + (inMs === 0 ? -3_600_000 : inMs);
      if (asker !== 'approved') brake.stopped(`before-${next++}`, { namespace: 'shop', asker, atMs }, NOW_MS);
    }
  return brake;
}

function wantedIn({ wanted }: BrakeRow): readonly Wanted[] {
  return wanted.flatMap(({ count, asker, inMs }, group) =>
    Array.from({ length: count }, (_, i) => ({
      key: `${group}-${i}`,
      namespace: asker === 'Team' ? 'shop' : 'other',
      asker: asker === 'Team' ? 'Team' : 'Platform',
      dueMs: NOW_MS + inMs,
    })),
  );
}

/** Each is judged while others still wait to be; then all has been judged. */
function outcome(row: BrakeRow, wanted: readonly Wanted[]): { stopped: string; held: string } {
  const brake = clusterOf(row);
  const gone = new Map<string, Asker>();
  const byKey = new Map(wanted.map((one) => [one.key, one]));
  const judge = ({ key, namespace, asker, dueMs }: Wanted, isSettled: boolean): void => {
    if (gone.has(key)) return;
    const policies = [asker];
    if (dueMs > NOW_MS) {
      brake.withdraw(key, { namespace, asker, policies, dueMs });
      return;
    }
    const ask: Ask = { action: 'ScaleDown', asker, policies, isApproved: row.approved.has(asker) };
    const ruling = brake.rule(key, namespace, [ask], { nowMs: NOW_MS, isSettled, isStarting: false });
    if (ruling.kind !== 'go') return;
    gone.set(key, asker);
    if (ruling.counted !== undefined) brake.stopped(key, { namespace, asker, atMs: NOW_MS }, NOW_MS);
  };
  for (const one of wanted) judge(one, false);
  for (let again = brake.settle(NOW_MS); again.length > 0; again = brake.settle(NOW_MS))
    for (const key of again) judge(byKey.get(key) ?? never(key), false);
  const due = wanted.filter(({ dueMs }) => dueMs <= NOW_MS);
  return {
    stopped: counted(due.filter(({ key }) => gone.has(key))),
    held: counted(due.filter(({ key }) => !gone.has(key))),
  };
}

function never(key: string): never {
  throw new Error(`${key} is none of those that are wanted`);
}

function counted(some: readonly Wanted[]): string {
  return [...Map.groupBy(some, ({ asker }) => asker)].map(([asker, all]) => `${all.length} ${asker}`).join(' + ');
}

test('the table has its rows', () => {
  expect(rows.length).toBeGreaterThan(18);
  expect(new Set(rows.map(({ rule }) => rule)).size).toBe(rows.length);
});

describe('each row', () => {
  test.each(rows.map((row) => [row.rule, row] as const))('%s', (_, row) => {
    const wanted = wantedIn(row);
    const { stopped, held } = row;
    expect(outcome(row, wanted)).toEqual({ stopped, held });
    const sorted = (text: string): readonly string[] => text.split(' + ').sort();
    for (const other of [wanted.toReversed(), wanted.toSorted((a, b) => a.key.localeCompare(b.key))]) {
      const told = outcome(row, other);
      expect(sorted(told.stopped)).toEqual(sorted(stopped));
      expect(sorted(told.held)).toEqual(sorted(held));
    }
  });
});
