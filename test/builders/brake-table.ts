// The table of docs/enforcement.md, read as the input of a test.
import { readFileSync } from 'node:fs';
import type { Asker } from '../../src/api/v1alpha1/types.js';
import { parseDuration } from '../../src/api/duration.js';

export interface BrakeRow {
  readonly rule: string;
  readonly cluster: number;
  readonly shop: number;
  readonly before: readonly Group[];
  readonly wanted: readonly Group[];
  readonly approved: ReadonlySet<string>;
  readonly stopped: string;
  readonly held: string;
}

export interface Group {
  readonly count: number;
  readonly asker: Asker | 'approved';
  /** When, from now on; negative: ago. */
  readonly inMs: number;
}

const COLUMNS = 8;
const GROUP = /^([0-9]+) (Platform|Team|approved)(?: (in) ([0-9a-z]+)| ([0-9a-z]+) ago)?$/u;

/** @throws Error where a row or a cell is not understood */
export function brakeTable(): readonly BrakeRow[] {
  const text = readFileSync('docs/enforcement.md', 'utf8');
  const [, table = ''] = /<!-- brake table: begin -->\n(.*?)<!-- brake table: end -->/s.exec(text) ?? [];
  return table.trim().split('\n').slice(2).map(rowOf);
}

function rowOf(line: string): BrakeRow {
  const cells = line
    .split('|')
    .slice(1, -1)
    .map((cell) => cell.trim());
  if (cells.length !== COLUMNS) throw new Error(`not a row of ${COLUMNS} cells: ${line}`);
  const [rule = '', cluster, shop, before = '', wanted = '', approved = '', stopped = '', held = ''] = cells;
  return {
    rule,
    cluster: Number(cluster),
    shop: Number(shop),
    before: several(before).map(groupOf),
    wanted: several(wanted).map(groupOf),
    approved: new Set(several(approved)),
    stopped,
    held,
  };
}

function several(cell: string): readonly string[] {
  return cell === '' ? [] : cell.split(' + ');
}

function groupOf(words: string): Group {
  const [, count, asker, , ahead, ago] = GROUP.exec(words) ?? [];
  if (asker !== 'Platform' && asker !== 'Team' && asker !== 'approved') throw new Error(`not a group: ${words}`);
  const inMs = ahead === undefined ? -msOf(ago ?? '1h') : msOf(ahead);
  return { count: Number(count), asker, inMs: ahead === undefined && ago === undefined ? 0 : inMs };
}

function msOf(text: string): number {
  const ms = parseDuration(text);
  if (ms === undefined) throw new Error(`not a duration: ${text}`);
  return ms;
}
