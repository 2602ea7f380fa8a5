// hook: a hint as text, for the way from the replica that received it to the one that asks Xray. Pure.
import { parseJson } from '../api/json.js';
import { parseDigest } from '../workload/digest.js';
import type { Hint } from './payload.js';

const MAX_EACH = 200;
const MAX_TEXT = 131_072; // as the schema of the connection has it

/** @param id differs from that of every other hint: a text that stays the same would be no change */
export function hintText({ digests, paths }: Hint, id: string): string {
  const text = JSON.stringify({ id, digests: digests.slice(0, MAX_EACH), paths: paths.slice(0, MAX_EACH) });
  return text.length <= MAX_TEXT ? text : JSON.stringify({ id, digests: digests.slice(0, MAX_EACH), paths: [] });
}

/** Anybody who may write the object may have written it, so it is read as carefully as a hook. @returns undefined: it is no hint */
export function parseHintText(text: string): Hint | undefined {
  const json = parseJson(text);
  if (typeof json !== 'object' || json === null) return undefined;
  return {
    digests: textsIn(json, 'digests').flatMap((one) => {
      const parsed = parseDigest(one);
      return parsed.ok ? [parsed.digest] : [];
    }),
    paths: textsIn(json, 'paths'),
  };
}

/** What came in a short time, as one. */
export function together(a: Hint | undefined, b: Hint): Hint {
  if (a === undefined) return b;
  return {
    digests: [...new Set([...a.digests, ...b.digests])].slice(0, MAX_EACH),
    paths: [...new Set([...a.paths, ...b.paths])].slice(0, MAX_EACH),
  };
}

function textsIn(of: object, name: string): readonly string[] {
  const value: unknown = Object.hasOwn(of, name) ? Reflect.get(of, name) : undefined;
  return Array.isArray(value) ? value.filter((one) => typeof one === 'string').slice(0, MAX_EACH) : [];
}
