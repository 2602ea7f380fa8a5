// bench/operator: sums up a heap snapshot by what the objects look like: the names of their fields tell what they are. Texts count
// for the object that holds them first.
import { readFile } from 'node:fs/promises';

interface Snapshot {
  readonly snapshot: { readonly meta: Meta };
  readonly nodes: readonly number[];
  readonly edges: readonly number[];
  readonly strings: readonly string[];
}

interface Meta {
  readonly node_fields: readonly string[];
  readonly node_types: readonly [readonly string[], ...unknown[]];
  readonly edge_fields: readonly string[];
  readonly edge_types: readonly [readonly string[], ...unknown[]];
}

interface Group {
  readonly count: number;
  readonly own: number;
  readonly texts: number;
}

const SHOWN = 40;
const FIELDS_SHOWN = 6;
const TEXTS = new Set(['string', 'concatenated string', 'sliced string']);

export async function heapText(file: string): Promise<string> {
  // eslint-disable-next-line @typescript-eslint/no-unsafe-type-assertion -- V8's own file
  const { snapshot, nodes, edges, strings } = JSON.parse(await readFile(file, 'utf8')) as Snapshot;
  const node = columns(snapshot.meta.node_fields, snapshot.meta.node_types[0]);
  const edge = columns(snapshot.meta.edge_fields, snapshot.meta.edge_types[0]);
  const groups = new Map<string, Group>();
  const textsOf = textCounter(nodes, node);
  let firstEdge = 0;
  for (let at = 0; at < nodes.length; at += node.width) {
    const edgeCount = valueIn(nodes, at + node.at('edge_count'));
    const from = firstEdge * edge.width;
    firstEdge += edgeCount;
    const type = node.type(nodes[at]);
    if (TEXTS.has(type)) continue;
    const out = Array.from({ length: edgeCount }, (_, i) => from + i * edge.width);
    const fields = out
      .filter((i) => edge.type(edges[i]) === 'property')
      .map((i) => strings[valueIn(edges, i + edge.at('name_or_index'))] ?? '');
    const texts = textsOf(out.map((i) => valueIn(edges, i + edge.at('to_node'))));
    const name = `${type} ${(strings[valueIn(nodes, at + node.at('name'))] ?? '').slice(0, 40)}`;
    const key = type === 'object' ? `${name} {${shown(fields)}}` : name;
    const group = groups.get(key) ?? { count: 0, own: 0, texts: 0 };
    const own = group.own + valueIn(nodes, at + node.at('self_size'));
    groups.set(key, { count: group.count + 1, own, texts: group.texts + texts });
  }
  const lines = [...groups]
    .sort(([, a], [, b]) => b.own + b.texts - (a.own + a.texts))
    .slice(0, SHOWN)
    .map(([key, { count, own, texts }]) => `${inMiB(own)} MiB, texts ${inMiB(texts)} MiB, ${count} × ${key}`);
  return `${lines.join('\n')}\n`;
}

/** Of those nodes that are texts and were not counted before. */
function textCounter(nodes: readonly number[], node: Columns): (found: readonly number[]) => number {
  const counted = new Set<number>();
  return (found) => {
    const fresh = found.filter((at) => TEXTS.has(node.type(nodes[at])) && !counted.has(at));
    for (const at of fresh) counted.add(at);
    return fresh.reduce((sum, at) => sum + valueIn(nodes, at + node.at('self_size')), 0);
  };
}

function valueIn(values: readonly number[], at: number): number {
  return values[at] ?? 0;
}

function shown(fields: readonly string[]): string {
  const named = fields.filter((field) => field !== '__proto__' && field !== 'map');
  return named.slice(0, FIELDS_SHOWN).join(', ');
}

function inMiB(bytes: number): string {
  return (bytes / 2 ** 20).toFixed(1).padStart(6);
}

interface Columns {
  readonly width: number;
  readonly at: (name: string) => number;
  readonly type: (index: number | undefined) => string;
}

function columns(fields: readonly string[], types: readonly string[]): Columns {
  return { width: fields.length, at: (name) => fields.indexOf(name), type: (index) => types[index ?? 0] ?? '' };
}
