/**
 * Runs the programs of a cluster: each in its own process group, with its output in a file. None outlives us, however
 * we end: a small shell reads a pipe from us, and when the pipe closes it kills what is left and removes the folder.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const TAIL_LINES = 25;
const KILL_AFTER_MS = 10_000;

// `read` ends when the pipe does. One file a process, named by its id; a process that was stopped has taken its file away.
const WATCHDOG = `
while read -r _; do :; done
for file in "$1"/running/*; do
  [ -e "$file" ] && kill -KILL "-\${file##*/}" 2>/dev/null
done
rm -rf "$1" || { sleep 1; rm -rf "$1"; }
`;

export interface RunningProgram {
  readonly name: string;
  /** Undefined while it runs; else how it ended. */
  ended(): string | undefined;
  /** The last lines of what it said. */
  tail(): Promise<string>;
  /** Asks it to end, and kills it when it does not within ten seconds. */
  stop(): Promise<void>;
}

/** The processes of one cluster, and the folder they live in. */
export class Processes {
  readonly directory: string;
  readonly #watchdog: ChildProcess;
  readonly #running = new Set<RunningProgram>();

  private constructor(directory: string, watchdog: ChildProcess) {
    this.directory = directory;
    this.#watchdog = watchdog;
  }

  static async in(directory: string): Promise<Processes> {
    await mkdir(join(directory, 'running'), { recursive: true });
    await mkdir(join(directory, 'logs'), { recursive: true });
    // detached: a Ctrl-C in the terminal goes to our group, and the watchdog has to live longer than we do.
    const watchdog = spawn('/bin/sh', ['-c', WATCHDOG, 'watchdog', directory], {
      detached: true,
      stdio: ['pipe', 'ignore', 'ignore'],
    });
    watchdog.unref();
    return new Processes(directory, watchdog);
  }

  async start(name: string, path: string, args: readonly string[]): Promise<RunningProgram> {
    const log = join(this.directory, 'logs', `${name}.log`);
    const output = openSync(log, 'a');
    const child = spawn(path, args, { detached: true, cwd: this.directory, stdio: ['ignore', output, output] });
    closeSync(output);
    const { pid } = child;
    let ended: string | undefined;
    const end = new Promise<void>((resolve) => {
      const finish = (how: string) => {
        ended ??= how;
        resolve();
      };
      child.once('error', (error) => {
        finish(error.message);
      });
      child.once('exit', (code, signal) => {
        finish(signal ?? `exit code ${String(code)}`);
      });
    });
    child.unref();
    const mark = join(this.directory, 'running', String(pid));
    if (pid !== undefined) await writeFile(mark, name);
    const program: RunningProgram = {
      name,
      ended: () => ended,
      tail: async () => tailOf(log),
      stop: async () => {
        child.ref(); // else nothing may keep us alive until it has ended
        if (pid !== undefined && ended === undefined) await endGroup(pid, end);
        await rm(mark, { force: true });
        this.#running.delete(program);
      },
    };
    this.#running.add(program);
    return program;
  }

  /** Throws with the last words of a program that ended by itself. */
  async assertAllRun(): Promise<void> {
    for (const program of this.#running) {
      const how = program.ended();
      if (how === undefined) continue;
      throw new Error(`${program.name} ended (${how}); its last words:\n${await program.tail()}`);
    }
  }

  /** The last words of all, for a start that failed without one of them ending. */
  async tails(): Promise<string> {
    const parts = [...this.#running].map(async (program) => `--- ${program.name}\n${await program.tail()}`);
    return (await Promise.all(parts)).join('\n');
  }

  /** Kills all and removes the folder, as would happen if we died: nobody needs what these processes would still save. */
  async stop(): Promise<void> {
    const gone = new Promise((resolve) => this.#watchdog.once('exit', resolve));
    this.#watchdog.ref();
    this.#watchdog.stdin?.end();
    if (this.#watchdog.exitCode === null) await gone;
  }
}

async function endGroup(pid: number, end: Promise<void>): Promise<void> {
  signalGroup(pid, 'SIGTERM');
  const waiting = new AbortController();
  const late = sleep(KILL_AFTER_MS, 'late', { signal: waiting.signal }).catch(() => 'ended');
  if ((await Promise.race([end, late])) === 'late') signalGroup(pid, 'SIGKILL');
  await end;
  waiting.abort();
}

function signalGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
}

async function tailOf(path: string): Promise<string> {
  const text = await readFile(path, 'utf8').catch(() => '');
  return text.trimEnd().split('\n').slice(-TAIL_LINES).join('\n');
}
