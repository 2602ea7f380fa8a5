/**
 * Builds the cluster's programs from the Go module in binaries/ into our cache. Two runs at once don't both build: one
 * holds the lock, the other waits for what it makes. The folder appears whole or not at all.
 */
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { link, mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { GO_MODULE_DIRECTORY, linkerFlags, PROGRAM_NAMES, PROGRAMS, type Pinned, type Program } from './pinned.js';

export type OnProgress = (line: string) => void;

const GO = 'go'; // from PATH
const SAY_SOMETHING_EVERY_MS = 15_000;
const LOOK_AT_LOCK_EVERY_MS = 500;
const UNFINISHED = '.unfinished-';

/** Gives the folder with all programs, after building them when they are not there. */
export async function buildBinaries({ versions, cacheDirectory }: Pinned, onProgress: OnProgress): Promise<string> {
  const bin = join(cacheDirectory, 'bin');
  await mkdir(cacheDirectory, { recursive: true });
  const unlock = await lock(join(cacheDirectory, 'building.lock'), onProgress);
  try {
    if (await exists(bin)) return bin;
    await removeUnfinished(cacheDirectory);
    const unfinished = join(cacheDirectory, `${UNFINISHED}${randomUUID()}`);
    await mkdir(unfinished);
    const start = performance.now();
    for (const [i, program] of PROGRAM_NAMES.entries()) {
      const step = `[${i + 1}/${PROGRAM_NAMES.length}] ${program}`;
      await build(program, { output: join(unfinished, program), flags: linkerFlags(versions), step, onProgress });
    }
    await rename(unfinished, bin);
    onProgress(`built all in ${secondsSince(start)} s, kept in ${bin}`);
    return bin;
  } finally {
    await unlock();
  }
}

interface BuildOptions {
  readonly output: string;
  readonly flags: string;
  readonly step: string;
  readonly onProgress: OnProgress;
}

async function build(program: Program, { output, flags, step, onProgress }: BuildOptions): Promise<void> {
  const start = performance.now();
  onProgress(`${step}: building`);
  const go = spawn(GO, ['build', '-trimpath', '-ldflags', flags, '-o', output, PROGRAMS[program]], {
    cwd: GO_MODULE_DIRECTORY,
    env: { ...process.env, CGO_ENABLED: '0', GOFLAGS: '-mod=readonly', GOWORK: 'off' },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  go.stderr.setEncoding('utf8').on('data', (text: string) => (said = (said + text).slice(-8_000)));
  let saidBefore = '';
  const saySomething = setInterval(() => {
    const downloading = said === saidBefore ? undefined : /go: downloading (\S+ \S+)\s*$/.exec(said)?.[1];
    const doing = downloading === undefined ? 'building' : `downloading ${downloading}`;
    saidBefore = said;
    onProgress(`${step}: ${doing}, ${secondsSince(start)} s so far`);
  }, SAY_SOMETHING_EVERY_MS);
  const endWithUs = () => go.kill();
  process.once('exit', endWithUs);
  try {
    const code = await new Promise<number | string>((resolve, reject) => {
      go.once('error', reject).once('close', (status, signal) => {
        resolve(status ?? signal ?? 'unknown');
      });
    });
    if (code !== 0) throw new Error(`go build ended with ${code} for ${program}; its last words:\n${said.trim()}`);
  } finally {
    clearInterval(saySomething);
    process.off('exit', endWithUs);
  }
  onProgress(`${step}: built in ${secondsSince(start)} s`);
}

/** Waits until no living process holds the lock, and takes it. */
async function lock(path: string, onProgress: OnProgress): Promise<() => Promise<void>> {
  const mine = `${path}-${randomUUID()}`;
  await writeFile(mine, String(process.pid));
  try {
    let told = false;
    while (!(await tookLock(mine, path))) {
      const holder = Number(await readFile(path, 'utf8').catch(() => NaN));
      if (Number.isInteger(holder) && !isAlive(holder)) {
        await rm(path, { force: true }); // its holder was killed
        continue;
      }
      // After a crash of the machine another process may have that number.
      if (!told)
        onProgress(`process ${holder} builds the programs already; waiting for it (if it does not: rm ${path})`);
      told = true;
      await sleep(LOOK_AT_LOCK_EVERY_MS);
    }
  } finally {
    await rm(mine, { force: true });
  }
  return async () => rm(path, { force: true });
}

/** A link is made whole or not at all, so a lock never stands without the number of its holder. */
async function tookLock(mine: string, path: string): Promise<boolean> {
  return link(mine, path).then(
    () => true,
    (error: unknown) => {
      if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
      throw error;
    },
  );
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

async function removeUnfinished(directory: string): Promise<void> {
  const names = (await readdir(directory)).filter((name) => name.startsWith(UNFINISHED));
  for (const name of names) await rm(join(directory, name), { recursive: true, force: true });
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}

function secondsSince(start: number): number {
  return Math.round((performance.now() - start) / 1_000);
}
