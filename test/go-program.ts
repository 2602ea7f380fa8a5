/**
 * A program for tests that is written in Go. The first of these is taken: the one that a variable names; the one built before from its
 * pinned Go module; the one in PATH; one built now, once.
 */
import { execFile } from 'node:child_process';
import { createHash, randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import { access, mkdir, readFile, rename } from 'node:fs/promises';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

export interface GoProgram {
  readonly name: string;
  /** The folder of its go.mod. */
  readonly module: string;
  readonly package: string;
  readonly tags?: string;
  /** The environment variable that names one. */
  readonly variable: string;
  /** As in "about four minutes". */
  readonly takes: string;
}

/** @returns its path @throws Error that says how to come by one */
export async function findOrBuild(program: GoProgram): Promise<string> {
  const { PATH = '', [program.variable]: named } = process.env;
  if (named !== undefined && named !== '') return named;
  const cached = join(await cacheDirectory(program), program.name);
  for (const path of [cached, ...PATH.split(delimiter).map((directory) => join(directory, program.name))])
    if (await isExecutable(path)) return path;
  return build(program, cached);
}

async function build(program: GoProgram, path: string): Promise<string> {
  const { name, variable, takes, module, tags } = program;
  process.stderr.write(`${name}: building it from its Go module, once; about ${takes}\n`);
  const unfinished = `${path}-${randomUUID()}`; // it is there whole or not at all
  const env = { ...process.env, CGO_ENABLED: '0', GOFLAGS: '-mod=readonly', GOWORK: 'off' };
  const tagged = tags === undefined ? [] : ['-tags', tags];
  const args = ['build', '-trimpath', ...tagged, '-ldflags', '-s -w', '-o', unfinished, program.package];
  await run('go', args, { cwd: module, env }).catch((cause: unknown) => {
    throw new Error(`no ${name}: name one by ${variable}, put it into PATH, or have Go 1.26 there to build it`, {
      cause,
    });
  });
  await rename(unfinished, path);
  return path;
}

/** Named after what is built: any change of the module is another folder. */
async function cacheDirectory({ name, module, tags = '' }: GoProgram): Promise<string> {
  const sums = await Promise.all(['go.mod', 'go.sum'].map(async (file) => readFile(join(module, file))));
  const hash = createHash('sha256').update(`${process.platform}-${process.arch}`);
  for (const sum of sums) hash.update(sum);
  const { XDG_CACHE_HOME } = process.env;
  const caches = XDG_CACHE_HOME === undefined || XDG_CACHE_HOME === '' ? join(homedir(), '.cache') : XDG_CACHE_HOME;
  const directory = join(caches, 'kubexray-operator', name, hash.update(tags).digest('hex').slice(0, 12));
  await mkdir(directory, { recursive: true });
  return directory;
}

async function isExecutable(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}
