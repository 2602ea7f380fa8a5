// bench/operator: what bench/results holds: the same figure of every run, and how the tables show it.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { FOLDER, spreadOf } from './records.js';

type Json = Readonly<Record<string, unknown>>;

/** Of each run that has it. */
export type Figure = readonly number[];

/** The same scenario, or the same step of one, of several runs. */
export class Runs {
  readonly #all: readonly Json[];

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
    return [
      ...new Set(
        this.#all.map((one) => within(one, path)).flatMap((value) => (isObject(value) ? Object.keys(value) : [])),
      ),
    ];
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

/** Of one run with several stretches: each of them, listed under `list`. */
export async function stretchesOf(name: string, list: string): Promise<readonly Runs[]> {
  return (await listIn(name, list)).map((one) => new Runs([one]));
}

async function listIn(name: string, list = 'runs'): Promise<readonly unknown[]> {
  const text = await readFile(join(FOLDER, `${name}.json`), 'utf8').catch(() => '{}');
  const kept: unknown = JSON.parse(text);
  const all = isObject(kept) ? kept[list] : undefined;
  return Array.isArray(all) ? all.map((one: unknown) => one) : [];
}

/** Each run against the median of the other's. */
export function ratio(figure: Figure, other: Figure): Figure {
  const { median } = spreadOf(other);
  return other.length === 0 ? [] : figure.map((value) => value / median);
}

/** The median, and in brackets the least and the most of several runs that differ. */
export function shown(figure: Figure): string {
  if (figure.length === 0) return '';
  const { median, min, max } = spreadOf(figure);
  const [least, most] = [written(min), written(max)];
  return least === most ? least : `${written(median)} (${least}–${most})`;
}

function written(value: number): string {
  return value >= 100 ? Math.round(value).toLocaleString('en') : String(Math.round(value * 100) / 100);
}

function within(json: Json, path: readonly string[]): unknown {
  return path.reduce<unknown>((value, name) => (isObject(value) ? value[name] : undefined), json);
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
