// bench/operator: what bench/results holds: the same figure of every run, and how the tables show it.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Fields, fieldsOf, isObject } from '../../src/api/json.js';
import { FOLDER } from './records.js';

/** Of each run that has it. */
export type Figure = readonly number[];

/** The same scenario, or the same step of one, of several runs. */
export class Runs {
  readonly #all: readonly Fields[];

  constructor(all: readonly unknown[]) {
    this.#all = all.filter(isObject);
  }

  at(...path: readonly string[]): Figure {
    const values = this.#all.map((one) => within(one, path));
    return values.filter((value) => typeof value === 'number');
  }

  /** In how many runs of how many it holds. */
  holds(...path: readonly string[]): string {
    const values = this.#all.map((one) => within(one, path)).filter((value) => typeof value === 'boolean');
    if (values.length === 0) return '';
    return `${values.filter((value) => value).length} of ${values.length}`;
  }

  /** What it is called in the first of them. */
  called(name: string): string {
    const value = this.#all[0]?.[name];
    return typeof value === 'string' || typeof value === 'number' ? `${value}` : '';
  }

  namesAt(...path: readonly string[]): readonly string[] {
    return [...new Set(this.#all.flatMap((one) => Object.keys(fieldsOf(within(one, path)))))];
  }
}

/** None where it was never measured. */
export async function runsOf(name: string): Promise<Runs> {
  return new Runs(await listIn(name));
}

/** Of a scenario with several steps: each step, of every run. */
export async function stepsOf(name: string): Promise<readonly Runs[]> {
  const runs = (await listIn(name)).filter((run) => Array.isArray(run)).map((run: readonly unknown[]) => run);
  return Array.from({ length: runs[0]?.length ?? 0 }, (_, step) => new Runs(runs.map((run) => run[step])));
}

/** What is kept of one run: the whole, and each of its stretches, which are listed under `list`. */
export async function stretchesOf(
  name: string,
  list: string,
): Promise<{ readonly whole: Runs; readonly stretches: readonly Runs[] }> {
  const kept = await keptOf(name);
  return { whole: new Runs([kept]), stretches: itemsOf(kept[list]).map((one) => new Runs([one])) };
}

async function listIn(name: string): Promise<readonly unknown[]> {
  return itemsOf((await keptOf(name))['runs']);
}

async function keptOf(name: string): Promise<Fields> {
  return fieldsOf(JSON.parse(await readFile(join(FOLDER, `${name}.json`), 'utf8').catch(() => '{}')));
}

function itemsOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value.map((one: unknown) => one) : [];
}

/** Each run against the median of the other's. */
export function ratio(figure: Figure, other: Figure): Figure {
  return other.length === 0 ? [] : figure.map((value) => value / spreadOf(other).median);
}

/** The median, and in brackets the least and the most of several runs that differ. */
export function shown(figure: Figure): string {
  if (figure.length === 0) return '';
  const { median, min, max } = spreadOf(figure);
  const [least, most] = [written(min), written(max)];
  return least === most ? least : `${written(median)} (${least}–${most})`;
}

function spreadOf(figure: Figure): { readonly median: number; readonly min: number; readonly max: number } {
  const sorted = figure.toSorted((a, b) => a - b);
  const at = (i: number): number => sorted[i] ?? Number.NaN;
  const [below, above] = [at(Math.floor((sorted.length - 1) / 2)), at(Math.floor(sorted.length / 2))];
  return { median: (below + above) / 2, min: at(0), max: at(sorted.length - 1) };
}

function written(value: number): string {
  return value >= 100 ? Math.round(value).toLocaleString('en') : String(Math.round(value * 100) / 100);
}

function within(json: Fields, path: readonly string[]): unknown {
  return path.reduce<unknown>((value, name) => fieldsOf(value)[name], json);
}
