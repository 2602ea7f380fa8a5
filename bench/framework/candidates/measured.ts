// What each candidate tells of itself: a line of JSON, the same that bench/reference prints.
import { readFile } from 'node:fs/promises';

/** @param candidate resolves once it is in step. @returns of it, how many objects it has */
export async function measured(candidate: () => Promise<() => number>): Promise<void> {
  const beganMs = performance.now();
  const objects = await candidate();
  const seconds = (performance.now() - beganMs) / 1_000;
  const { user, system } = process.cpuUsage(); // from the start of the process, what it takes to load it included
  await new Promise((resolve) => setTimeout(resolve, 2_000));
  const figures = { objects: objects(), seconds, cpuSeconds: (user + system) / 1e6, ...(await memory()) };
  await new Promise<void>((resolve) => {
    process.stdout.write(`${JSON.stringify(figures)}\n`, () => {
      resolve();
    });
  });
}

/** Of this program alone; what getrusage calls the peak counts the memory of the parent that forked it, too. */
export async function memory(): Promise<{ readonly rssMiB: number; readonly peakMiB: number }> {
  const status = await readFile('/proc/self/status', 'utf8');
  const mebibytes = (name: string): number =>
    Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(status)?.[1]) / 1_024;
  return { rssMiB: mebibytes('VmRSS'), peakMiB: mebibytes('VmHWM') };
}

/** Ends the process with what went wrong. */
export function failed(error: unknown): never {
  process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  process.exit(1);
}
