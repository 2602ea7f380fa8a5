// bench/operator: reads V8's heap snapshot into arrays of numbers. One of 300 MiB of heap is a file of a gigabyte, which is more than
// a text may have, so it is read as bytes.
import { readFile } from 'node:fs/promises';

export interface HeapSnapshot {
  readonly nodes: Columns;
  readonly edges: Columns;
  readonly strings: readonly string[];
}

/** A table, row after row. */
export interface Columns {
  readonly values: Uint32Array;
  readonly width: number;
  readonly at: (name: string) => number;
  /** @param row where it begins in `values` */
  readonly type: (row: number) => string;
}

interface Meta {
  readonly node_fields: readonly string[];
  readonly node_types: readonly [readonly string[], ...unknown[]];
  readonly edge_fields: readonly string[];
  readonly edge_types: readonly [readonly string[], ...unknown[]];
}

interface Head {
  readonly snapshot: { readonly meta: Meta; readonly node_count: number; readonly edge_count: number };
}

const [DIGIT_0, DIGIT_9, CLOSE_BRACKET] = [0x30, 0x39, 0x5d];

export async function readHeapSnapshot(file: string): Promise<HeapSnapshot> {
  const bytes = await readFile(file);
  const begin = (name: string): number => bytes.indexOf(`"${name}":[`) + name.length + 4;
  const nodesAt = begin('nodes');
  // eslint-disable-next-line @typescript-eslint/no-unsafe-type-assertion -- V8's own file
  const { snapshot } = JSON.parse(
    `${bytes
      .toString('utf8', 0, nodesAt - '"nodes":['.length)
      .trim()
      .slice(0, -1)}}`,
  ) as Head;
  const { meta, node_count, edge_count } = snapshot;
  const nodes = numbersAt(bytes, nodesAt, node_count * meta.node_fields.length);
  const edges = numbersAt(bytes, begin('edges'), edge_count * meta.edge_fields.length);
  const stringsAt = bytes.lastIndexOf('"strings":[') + '"strings":'.length;
  // eslint-disable-next-line @typescript-eslint/no-unsafe-type-assertion -- V8's own file
  const strings = JSON.parse(bytes.toString('utf8', stringsAt, bytes.lastIndexOf('}'))) as readonly string[];
  return {
    nodes: columns(nodes, meta.node_fields, meta.node_types[0]),
    edges: columns(edges, meta.edge_fields, meta.edge_types[0]),
    strings,
  };
}

function numbersAt(bytes: Buffer, from: number, count: number): Uint32Array {
  const values = new Uint32Array(count);
  let [at, index] = [from, 0];
  for (; bytes[at] !== CLOSE_BRACKET; at++) {
    let byte = bytes[at] ?? CLOSE_BRACKET;
    if (byte < DIGIT_0 || byte > DIGIT_9) continue;
    let value = 0;
    for (; byte >= DIGIT_0 && byte <= DIGIT_9; byte = bytes[++at] ?? CLOSE_BRACKET) value = value * 10 + byte - DIGIT_0;
    values[index++] = value;
    at--;
  }
  return values;
}

function columns(values: Uint32Array, fields: readonly string[], types: readonly string[]): Columns {
  return {
    values,
    width: fields.length,
    at: (name) => fields.indexOf(name),
    type: (row) => types[values[row] ?? 0] ?? '', // the type is the first field of nodes and of edges
  };
}
