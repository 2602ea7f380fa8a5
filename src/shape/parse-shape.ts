// shape: holds what came from outside against the shape that is expected of it, once, at the edge.
import 'reflect-metadata';
import { plainToInstance } from 'class-transformer';
import { validateSync, type ValidationError } from 'class-validator';

export type Parsed<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly problem: string };

/** @returns the problem with the path of the field, as in `artifacts.0.general.sha256 must be a string` */
export function parseShape<T extends object>(shape: new () => T, json: unknown): Parsed<T> {
  if (typeof json !== 'object' || json === null || Array.isArray(json))
    return { ok: false, problem: 'it is no object' };
  const value = plainToInstance(shape, json);
  const [problem] = validateSync(value).map((error) => firstProblem(error, ''));
  return problem === undefined ? { ok: true, value } : { ok: false, problem };
}

// What is wrong with a field itself comes before what is wrong in it.
function firstProblem({ property, constraints, children }: ValidationError, above: string): string {
  const [own] = Object.values(constraints ?? {});
  const [child] = children ?? [];
  if (own === undefined && child !== undefined) return firstProblem(child, `${above}${property}.`);
  return `${above}${own ?? `${property} is wrong`}`;
}
