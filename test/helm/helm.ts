/**
 * helm for tests: `await helm(['install', …])`, on the cluster of the whole run. The first of these is taken: the program that
 * HELM names; the one built before from the Go module beside this file; helm in PATH; one built now, in about four minutes.
 */
import { execFile } from 'node:child_process';
import { createHash, randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import { access, mkdir, readFile, rename } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const MODULE = import.meta.dirname;
const PACKAGE = 'helm.sh/helm/v4/cmd/helm';
const LONGEST_OUTPUT = 16 * 2 ** 20;

let found: Promise<string> | undefined;

/** Its path; builds it where there is none. @throws Error that says how to come by one */
export async function helmPath(): Promise<string> {
  found ??= findOrBuild();
  return found;
}

export async function helm(args: readonly string[]): Promise<string> {
  const home = join(tmpdir(), 'kubexray-operator-helm'); // neither the repositories nor the plugins of whoever runs the tests
  const env = { ...process.env, HELM_CONFIG_HOME: home, HELM_CACHE_HOME: home, HELM_DATA_HOME: home };
  const { stdout } = await run(await helmPath(), [...args], { env, maxBuffer: LONGEST_OUTPUT });
  return stdout;
}

async function findOrBuild(): Promise<string> {
  const { HELM, PATH = '' } = process.env;
  if (HELM !== undefined && HELM !== '') return HELM;
  const cached = join(await cacheDirectory(), 'helm');
  for (const path of [cached, ...PATH.split(delimiter).map((directory) => join(directory, 'helm'))])
    if (await isExecutable(path)) return path;
  return build(cached);
}

async function build(path: string): Promise<string> {
  process.stderr.write('helm: building it from its Go module, once; about four minutes\n');
  const unfinished = `${path}-${randomUUID()}`; // it is there whole or not at all
  const env = { ...process.env, CGO_ENABLED: '0', GOFLAGS: '-mod=readonly', GOWORK: 'off' };
  const args = ['build', '-trimpath', '-ldflags', '-s -w', '-o', unfinished, PACKAGE];
  await run('go', args, { cwd: MODULE, env }).catch((cause: unknown) => {
    throw new Error('no helm: name one by HELM, put it into PATH, or have Go 1.26 there to build it', { cause });
  });
  await rename(unfinished, path);
  return path;
}

/** Named after what is built: any change of the module is another folder. */
async function cacheDirectory(): Promise<string> {
  const sums = await Promise.all(['go.mod', 'go.sum'].map(async (name) => readFile(join(MODULE, name))));
  const hash = createHash('sha256').update(`${process.platform}-${process.arch}`);
  for (const sum of sums) hash.update(sum);
  const { XDG_CACHE_HOME } = process.env;
  const caches = XDG_CACHE_HOME === undefined || XDG_CACHE_HOME === '' ? join(homedir(), '.cache') : XDG_CACHE_HOME;
  const directory = join(caches, 'kubexray-operator', 'helm', hash.digest('hex').slice(0, 12));
  await mkdir(directory, { recursive: true });
  return directory;
}

async function isExecutable(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}
