/** promtool for tests: Prometheus' own reading of rules and expressions, `await promtool(['test', 'rules', …])`. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { findOrBuild } from '../go-program.js';

const run = promisify(execFile);

let found: Promise<string> | undefined;

/** Its path; builds it where there is none. @throws Error that says how to come by one */
export async function promtoolPath(): Promise<string> {
  found ??= findOrBuild({
    name: 'promtool',
    module: import.meta.dirname,
    package: 'github.com/prometheus/prometheus/cmd/promtool',
    tags: 'remove_all_sd', // without the clients of two dozen clouds, of which no rule has need
    variable: 'PROMTOOL',
    takes: 'three minutes',
  });
  return found;
}

/** @throws Error with what it found fault with */
export async function promtool(args: readonly string[]): Promise<string> {
  const { stdout } = await run(await promtoolPath(), [...args], { encoding: 'utf8' });
  return stdout;
}
