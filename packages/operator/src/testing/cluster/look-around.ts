/** Finds out what this machine has of the four ways to a cluster; `way.ts` decides which is taken. */
import { execFile } from 'node:child_process';
import { access, constants, readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { notEmpty } from './pinned.js';
import { chooseWay, type Found, type FoundPrograms } from './way.js';

const run = promisify(execFile);

/** Docker and Go are asked only when nothing before them opens a way. */
export async function lookAround(
  env: NodeJS.ProcessEnv,
  { kubeconfigVariable, cacheDirectory }: { readonly kubeconfigVariable: string; readonly cacheDirectory: string },
): Promise<Found> {
  const kubeconfig = notEmpty(env[kubeconfigVariable]);
  const assets = notEmpty(env['KUBEBUILDER_ASSETS']);
  const near: Found = {
    kubeconfigVariable,
    ...(kubeconfig !== undefined && {
      explicit: { path: resolve(kubeconfig), readable: await may(constants.R_OK, kubeconfig) },
    }),
    ...(assets !== undefined && { assets: await programsIn(resolve(assets)) }),
    cache: await programsIn(join(cacheDirectory, 'bin')),
    docker: { answers: false, why: 'not asked' },
  };
  if (near.explicit !== undefined || chooseWay(near).chosen.way !== 'none') return near;
  const go = await goVersion();
  return { ...near, docker: await askDocker(), ...(go !== undefined && { go }) };
}

async function programsIn(directory: string): Promise<FoundPrograms> {
  const names = await readdir(directory).catch((): string[] => []);
  const executable = await Promise.all(names.map(async (name) => may(constants.X_OK, join(directory, name))));
  return { directory, present: names.filter((_, i) => executable[i] === true) };
}

async function may(mode: number, path: string): Promise<boolean> {
  return access(path, mode).then(
    () => true,
    () => false,
  );
}

interface Containers {
  readonly getContainerRuntimeClient: () => Promise<unknown>;
}

/** Asked by the library that would start the container, so that both look for the engine in the same places. */
export async function askDocker(
  load: () => Promise<Containers> = async () => import('testcontainers'),
): Promise<Found['docker']> {
  try {
    const { getContainerRuntimeClient } = await load();
    await getContainerRuntimeClient();
    return { answers: true };
  } catch (error) {
    const isMissing = error instanceof Error && 'code' in error && error.code === 'ERR_MODULE_NOT_FOUND';
    if (isMissing) return { answers: false, why: 'testcontainers and @testcontainers/k3s are not installed' };
    return { answers: false, why: error instanceof Error ? error.message : String(error) };
  }
}

/** Asked outside of any module, and without fetching the toolchain that a go.mod may want. */
export async function goVersion(): Promise<string | undefined> {
  try {
    const options = { cwd: tmpdir(), env: { ...process.env, GOTOOLCHAIN: 'local' } };
    const { stdout } = await run('go', ['env', 'GOVERSION'], options);
    return /^go(\S+)/.exec(stdout)?.[1];
  } catch {
    return undefined;
  }
}
