// cli: whether the user means it: by --yes, or asked at a terminal. Shared by all commands that change much at once.
import type { Given } from './command.js';
import { Trouble } from './exit-code.js';
import type { World } from './world.js';

/** @returns whether it is to be done; a no is told of @throws Trouble where nobody can be asked and --yes was not given */
export async function isMeant(question: string, given: Given, world: World): Promise<boolean> {
  if (given.has('yes')) return true;
  const answer = await world.ask(`${question} [y/N] `);
  if (answer === undefined)
    throw new Trouble('nothing was done, and there is nobody to ask; --yes does it without a question');
  if (/^y(es)?$/iu.test(answer.trim())) return true;
  world.err.write('kubexray: nothing was done\n');
  return false;
}
