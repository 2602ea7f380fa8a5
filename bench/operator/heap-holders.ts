// bench/operator: who holds what is in a heap. Each object counts for the shortest way to it from what is never collected, and what
// stands in a list or a map counts together, so that a line reads as the code does: `cache.store.#namespaces.[].[]`.
import type { HeapSnapshot } from './heap-snapshot.js';

interface Holder {
  readonly name: string;
  readonly depth: number;
  own: number;
  count: number;
  whole: number;
  readonly holds: Map<string, Holder>;
}

const DEEPEST = 26;
const LEAST_SHARE = 0.006;
const NAME_SHOWN = 30;

/** What is held by each holder that has a share of the heap worth a line. */
export function holdersText(snapshot: HeapSnapshot): string {
  const root = holders(snapshot);
  const all = summedUp(root);
  const lines: string[] = [];
  const show = (holder: Holder, depth: number): void => {
    for (const one of [...holder.holds.values()].sort((a, b) => b.whole - a.whole)) {
      if (one.whole < all * LEAST_SHARE) return;
      lines.push(`${inMiB(one.whole)} MiB, own ${inMiB(one.own)} MiB of ${one.count} ${' '.repeat(depth)}${one.name}`);
      show(one, depth + 1);
    }
  };
  show(root, 0);
  return lines.join('\n');
}

function summedUp(holder: Holder): number {
  holder.whole = holder.own;
  for (const one of holder.holds.values()) holder.whole += summedUp(one);
  return holder.whole;
}

function holders(snapshot: HeapSnapshot): Holder {
  const { nodes } = snapshot;
  const sizeAt = nodes.at('self_size');
  const root: Holder = newHolder('all', 0);
  const held: (Holder | undefined)[] = [root];
  const edgesOf = edgesIn(snapshot);
  const queue = new Uint32Array(nodes.values.length / nodes.width);
  let end = 1;
  for (let next = 0; next < end; next++) {
    const index = (queue[next] ?? 0) / nodes.width;
    const holder = held[index] ?? root;
    for (const { to, label } of edgesOf(index)) {
      const toIndex = to / nodes.width;
      if (held[toIndex] !== undefined) continue;
      const own = label === undefined || holder.depth === DEEPEST ? holder : heldBy(holder, label);
      own.own += nodes.values[to + sizeAt] ?? 0;
      own.count++;
      held[toIndex] = own;
      queue[end++] = to;
    }
  }
  return root;
}

interface Edge {
  /** The row of the node that it leads to. */
  readonly to: number;
  readonly label: string | undefined;
}

/** Those by which an object is kept alive. */
function edgesIn({ nodes, edges, strings }: HeapSnapshot): (index: number) => Iterable<Edge> {
  const [nameAt, countAt] = [nodes.at('name'), nodes.at('edge_count')];
  const [edgeNameAt, toAt] = [edges.at('name_or_index'), edges.at('to_node')];
  const first = new Uint32Array(nodes.values.length / nodes.width + 1);
  for (let index = 0; index + 1 < first.length; index++)
    first[index + 1] = (first[index] ?? 0) + (nodes.values[index * nodes.width + countAt] ?? 0);
  const textAt = (values: Uint32Array, at: number): string => strings[values[at] ?? 0] ?? '';
  return function* (index) {
    const until = (first[index + 1] ?? 0) * edges.width;
    for (let edge = (first[index] ?? 0) * edges.width; edge < until; edge += edges.width) {
      const type = edges.type(edge);
      if (type === 'weak') continue;
      const to = edges.values[edge + toAt] ?? 0;
      const target = { type: nodes.type(to), name: textAt(nodes.values, to + nameAt).slice(0, NAME_SHOWN) };
      yield { to, label: labelOf(type, textAt(edges.values, edge + edgeNameAt), target) };
    }
  };
}

/** @returns undefined for what is a part of the object itself, as its texts and the tables behind a map */
function labelOf(
  type: string,
  edge: string,
  target: { readonly type: string; readonly name: string },
): string | undefined {
  const isNamed = target.type === 'object' || target.type === 'closure';
  if (type === 'property') return isNamed ? `.${edge} (${target.name})` : `.${edge}`;
  if (type === 'element') return '[]';
  if (type === 'context') return `~${edge}`;
  return type === 'internal' && edge !== 'table' && target.type === 'object' ? `[] (${target.name})` : undefined;
}

function heldBy(holder: Holder, name: string): Holder {
  const known = holder.holds.get(name);
  if (known !== undefined) return known;
  const made = newHolder(name, holder.depth + 1);
  holder.holds.set(name, made);
  return made;
}

function newHolder(name: string, depth: number): Holder {
  return { name, depth, own: 0, count: 0, whole: 0, holds: new Map() };
}

function inMiB(bytes: number): string {
  return (bytes / 2 ** 20).toFixed(1).padStart(6);
}
