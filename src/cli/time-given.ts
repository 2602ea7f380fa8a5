// cli: times on the command line.
import { Trouble } from './exit-code.js';

const RFC3339 = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d))?$/u;

/** @returns undefined where none is given @throws Trouble for what is no time */
export function timeGiven(text: string | undefined): Date | undefined {
  if (text === undefined) return undefined;
  const time = new Date(text);
  if (!RFC3339.test(text) || Number.isNaN(time.getTime()))
    throw new Trouble(`"${text}" is no time; write it as 2027-01-31T00:00:00Z`);
  return time;
}
