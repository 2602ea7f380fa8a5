// bench/operator: sums up a heap snapshot by what the objects look like: the names of their fields tell what they are. Texts count
// for the object that holds them first.
import type { Columns, HeapSnapshot } from './heap-snapshot.js';

interface Group {
  readonly count: number;
  readonly own: number;
  readonly texts: number;
}

const SHOWN = 40;
const FIELDS_SHOWN = 6;
const TEXTS = new Set(['string', 'concatenated string', 'sliced string']);

export function heapText({ nodes, edges, strings }: HeapSnapshot): string {
  const groups = new Map<string, Group>();
  const textsOf = textCounter(nodes);
  const [nameAt, sizeAt, countAt] = [nodes.at('name'), nodes.at('self_size'), nodes.at('edge_count')];
  const [edgeNameAt, toAt] = [edges.at('name_or_index'), edges.at('to_node')];
  let firstEdge = 0;
  for (let row = 0; row < nodes.values.length; row += nodes.width) {
    const edgeCount = nodes.values[row + countAt] ?? 0;
    const from = firstEdge * edges.width;
    firstEdge += edgeCount;
    const type = nodes.type(row);
    if (TEXTS.has(type)) continue;
    const out = Array.from({ length: edgeCount }, (_, i) => from + i * edges.width);
    const fields = out
      .filter((edge) => edges.type(edge) === 'property')
      .map((edge) => strings[edges.values[edge + edgeNameAt] ?? 0] ?? '');
    const texts = textsOf(out.map((edge) => edges.values[edge + toAt] ?? 0));
    const name = `${type} ${(strings[nodes.values[row + nameAt] ?? 0] ?? '').slice(0, 40)}`;
    const key = type === 'object' ? `${name} {${shown(fields)}}` : name;
    const group = groups.get(key) ?? { count: 0, own: 0, texts: 0 };
    const own = group.own + (nodes.values[row + sizeAt] ?? 0);
    groups.set(key, { count: group.count + 1, own, texts: group.texts + texts });
  }
  const lines = [...groups]
    .sort(([, a], [, b]) => b.own + b.texts - (a.own + a.texts))
    .slice(0, SHOWN)
    .map(([key, { count, own, texts }]) => `${inMiB(own)} MiB, texts ${inMiB(texts)} MiB, ${count} × ${key}`);
  const all = [...groups.values()].reduce((sum, { own, texts }) => sum + own + texts, 0);
  return [`${inMiB(all)} MiB in all`, ...lines].join('\n');
}

/** Of those nodes that are texts and were not counted before. */
function textCounter(nodes: Columns): (found: readonly number[]) => number {
  const counted = new Set<number>();
  const sizeAt = nodes.at('self_size');
  return (found) => {
    const fresh = found.filter((row) => TEXTS.has(nodes.type(row)) && !counted.has(row));
    for (const row of fresh) counted.add(row);
    return fresh.reduce((sum, row) => sum + (nodes.values[row + sizeAt] ?? 0), 0);
  };
}

function shown(fields: readonly string[]): string {
  const named = fields.filter((field) => field !== '__proto__' && field !== 'map');
  return named.slice(0, FIELDS_SHOWN).join(', ');
}

function inMiB(bytes: number): string {
  return (bytes / 2 ** 20).toFixed(1).padStart(6);
}
