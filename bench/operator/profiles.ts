// bench/operator: with PROFILE=folder each operator that is measured writes there where its time went (a CPU profile) and what was in
// its heap at the end (a snapshot), both by Node itself; what they say is summed up as text beside them. Figures that are taken
// meanwhile are those of a slower operator.
import { mkdir, readdir, rename, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { OperatorProcess } from '../../test/operator-process.js';
import { profileText } from './profile-text.js';

const { PROFILE } = process.env;
const folder = PROFILE === undefined ? undefined : resolve(PROFILE);
/** Has it write what is in its heap. */
const SNAPSHOT = 'SIGUSR2';
const LOOK_EVERY_MS = 100;
const WITHIN_LOOKS = 3_000;

export function profileFlags(): readonly string[] {
  if (folder === undefined) return [];
  return [
    ...['--cpu-prof', `--cpu-prof-dir=${folder}`],
    ...[`--heapsnapshot-signal=${SNAPSHOT}`, `--diagnostic-dir=${folder}`],
  ];
}

/** Ends it, by SIGKILL where nothing is to be written. @param name of what was measured, for the files */
export async function end(operator: OperatorProcess, name: string): Promise<void> {
  if (folder === undefined) {
    await operator.kill();
    return;
  }
  await mkdir(folder, { recursive: true });
  if (!isAlive(operator.pid)) return;
  process.kill(operator.pid, SNAPSHOT);
  // It does nothing else meanwhile, so it hears of its end only when the file is whole.
  await written(folder, `.${operator.pid}.`, '.heapsnapshot');
  process.kill(operator.pid, 'SIGTERM');
  await operator.ended; // how, does not matter: it may have held still for longer than its lease lasts
  for (const file of await readdir(folder)) {
    const [, pid, kind] = /^(?:CPU|Heap)\.\d+\.\d+\.(\d+)\..*\.?(cpuprofile|heapsnapshot)$/.exec(file) ?? [];
    if (kind !== undefined && Number(pid) === operator.pid)
      await rename(join(folder, file), join(folder, `${name}.${kind}`));
  }
  const kinds = ['cpuprofile', 'heapsnapshot'];
  const texts = await Promise.all(kinds.map(async (kind) => profileText(join(folder, `${name}.${kind}`))));
  await writeFile(join(folder, `${name}.txt`), texts.join('\n'));
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

async function written(folder: string, ofProcess: string, kind: string): Promise<void> {
  for (let look = 0; look < WITHIN_LOOKS; look++) {
    if ((await readdir(folder)).some((file) => file.includes(ofProcess) && file.endsWith(kind))) return;
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  }
  throw new Error('it wrote no heap snapshot');
}
