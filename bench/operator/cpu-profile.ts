// bench/operator: sums up what Node's own CPU profile says: where the time went.
import { readFile } from 'node:fs/promises';

interface CallFrame {
  readonly functionName: string;
  readonly url: string;
  readonly lineNumber: number;
}

interface CpuProfile {
  readonly nodes: readonly {
    readonly id: number;
    readonly callFrame: CallFrame;
    readonly children?: readonly number[];
  }[];
  readonly samples: readonly number[];
  readonly timeDeltas: readonly number[];
}

const SHOWN = 45;

export async function cpuText(file: string): Promise<string> {
  // eslint-disable-next-line @typescript-eslint/no-unsafe-type-assertion -- Node's own file
  const cpu = JSON.parse(await readFile(file, 'utf8')) as CpuProfile;
  const { own, whole } = timesIn(cpu);
  const idle = own.get('(idle)') ?? 0;
  own.delete('(idle)');
  const busy = sum(own.values());
  return [
    `busy ${(busy / 1_000).toFixed(0)} ms, idle ${(idle / 1_000).toFixed(0)} ms`,
    'by the function itself:',
    ...largest(own, busy, 1_000, 'ms'),
    'with all that it called:',
    ...largest(whole, busy, 1_000, 'ms'),
  ].join('\n');
}

function timesIn({ nodes, samples, timeDeltas }: CpuProfile): { own: Map<string, number>; whole: Map<string, number> } {
  const selfUs = new Map<number, number>();
  samples.forEach((id, i) => selfUs.set(id, (selfUs.get(id) ?? 0) + (timeDeltas[i] ?? 0)));
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const own = new Map<string, number>();
  const whole = new Map<string, number>();
  const walk = (id: number, above: ReadonlySet<string>): number => {
    const node = byId.get(id);
    if (node === undefined) return 0;
    const name = nameOf(node.callFrame);
    const self = selfUs.get(id) ?? 0;
    own.set(name, (own.get(name) ?? 0) + self);
    const inside = above.has(name) ? above : new Set([...above, name]);
    const total = self + sum((node.children ?? []).map((child) => walk(child, inside)));
    if (!above.has(name)) whole.set(name, (whole.get(name) ?? 0) + total); // recursion counts once
    return total;
  };
  const [root] = nodes;
  if (root !== undefined) walk(root.id, new Set());
  return { own, whole };
}

function nameOf({ functionName, url, lineNumber }: CallFrame): string {
  const file = url.split('/').at(-1) ?? '';
  return file === '' ? functionName : `${functionName === '' ? 'anonymous' : functionName} ${file}:${lineNumber + 1}`;
}

function largest(sizes: ReadonlyMap<string, number>, all: number, unit: number, name: string): readonly string[] {
  return [...sizes]
    .sort(([, a], [, b]) => b - a)
    .slice(0, SHOWN)
    .map(
      ([what, size]) =>
        `${((size / all) * 100).toFixed(1).padStart(6)} %  ${(size / unit).toFixed(1).padStart(9)} ${name}  ${what}`,
    );
}

function sum(values: Iterable<number>): number {
  return [...values].reduce((total, value) => total + value, 0);
}
