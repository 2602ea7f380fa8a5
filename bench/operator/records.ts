// bench/operator: keeps what was measured as JSON, with what the machine is and which commit was measured.
import { execFile } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { cpus, totalmem } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

export const FOLDER = join('bench', 'results');
const { PROFILE, MAX_HEAP_MIB = 'default' } = process.env;

export interface Quantiles {
  readonly count: number;
  readonly median: number;
  readonly p95: number;
  readonly p99: number;
  readonly worst: number;
}

export function quantilesOf(values: readonly number[]): Quantiles {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (share: number): number => rounded(sorted[Math.ceil(sorted.length * share) - 1] ?? Number.NaN);
  return { count: values.length, median: at(0.5), p95: at(0.95), p99: at(0.99), worst: at(1) };
}

/** Nothing where profiles are taken: they slow down what is measured. */
export async function keep(name: string, what: object): Promise<void> {
  if (PROFILE !== undefined) return;
  await mkdir(FOLDER, { recursive: true });
  const { stdout: tree } = await promisify(execFile)('git', ['describe', '--always', '--dirty', '--exclude=*']);
  const machine = {
    cores: cpus().length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    node: process.version,
    maxHeapMiB: MAX_HEAP_MIB,
  };
  const text = JSON.stringify({ tree: tree.trim(), machine, ...what }, tidied, 2);
  await writeFile(join(FOLDER, `${name}.json`), `${text}\n`);
}

function tidied(_: string, value: unknown): unknown {
  return typeof value === 'number' ? rounded(value) : value;
}

function rounded(value: number): number {
  return Math.round(value * 100) / 100;
}
