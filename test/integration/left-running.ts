// What a file started and did not stop, as where a test or a hook of it failed: it ends with the file, for it would act on what the
// next one makes.
import { afterAll } from '@jest/globals';

const LONGEST_MS = 60_000;
const endings = new Set<() => Promise<void>>();
let isOver = false;

// Before the file's own hook: hooks run in the order in which they are declared, and imports come first.
afterAll(async () => {
  isOver = true;
  await Promise.allSettled([...endings].map(async (end) => end())); // what is wrong, the file hears when it stops it itself
}, LONGEST_MS);

/** @throws Error where the file is over: a hook or a test whose time was up goes on, and would start something that nobody stops */
export function expectNotOver(): void {
  if (isOver) throw new Error('nothing is started any more: the file is over');
}

/** @returns ends it, whoever asks first; the others hear what became of that */
export function endedWithTheFile(end: () => Promise<void>): () => Promise<void> {
  let ending: Promise<void> | undefined;
  const once = async (): Promise<void> => {
    endings.delete(once);
    ending ??= end();
    return ending;
  };
  endings.add(once);
  return once;
}
