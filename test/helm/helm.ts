/** helm for tests: `await helm(['install', …])`, on the cluster of the whole run. */
import { execFile } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { findOrBuild } from '../go-program.js';

const run = promisify(execFile);
const LONGEST_OUTPUT = 16 * 2 ** 20;

let found: Promise<string> | undefined;

/** Its path; builds it where there is none. @throws Error that says how to come by one */
export async function helmPath(): Promise<string> {
  found ??= findOrBuild({
    name: 'helm',
    module: import.meta.dirname,
    package: 'helm.sh/helm/v4/cmd/helm',
    variable: 'HELM',
    takes: 'four minutes',
  });
  return found;
}

export async function helm(args: readonly string[]): Promise<string> {
  const home = join(tmpdir(), 'kubexray-operator-helm'); // neither the repositories nor the plugins of whoever runs the tests
  const env = { ...process.env, HELM_CONFIG_HOME: home, HELM_CACHE_HOME: home, HELM_DATA_HOME: home };
  const { stdout } = await run(await helmPath(), [...args], { env, maxBuffer: LONGEST_OUTPUT });
  return stdout;
}
