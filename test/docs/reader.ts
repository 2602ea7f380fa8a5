// Does what a page says: applies, saves, types, and looks until it sees what is shown there.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { eventually } from '@dot-kube/operator/testing';
import { kubectl } from '../cluster/kubectl.js';
import { KUBEXRAY } from '../command-line.js';
import { helmPath } from '../helm/helm.js';
import { shownAs, type Step } from './page.js';

const ROOT = join(import.meta.dirname, '..', '..');
const SEEN = { withinMs: 30_000, everyMs: 500 };

export interface Reader {
  /** @throws Error with what was typed and what it printed, where that differs from the page */
  does(step: Step): Promise<void>;
  /** Bash, as in the page. @throws Error where it ends with another code than 0 */
  types(script: string): Promise<string>;
  close(): Promise<void>;
}

export interface ReaderOptions {
  /** What the pages leave open: text that stands there → what the reader has in its place. */
  readonly has: Readonly<Record<string, string>>;
  /** For pages that use it; it is built once where there is none. */
  readonly helm?: boolean;
}

export async function aReader({ has, helm = false }: ReaderOptions): Promise<Reader> {
  const folder = await mkdtemp(join(tmpdir(), 'kubexray-reader-'));
  const programs = await mkdtemp(join(tmpdir(), 'kubexray-programs-'));
  const { KUBECTL = '', PATH = '' } = process.env;
  await symlink(KUBECTL, join(programs, 'kubectl'));
  if (helm) await symlink(await helmPath(), join(programs, 'helm'));
  const cli = `exec "${process.execPath}" "${KUBEXRAY}" "$@"`;
  await writeFile(join(programs, 'kubexray'), `#!/bin/sh\n${cli}\n`, { mode: 0o755 });
  for (const name of ['charts', 'config']) await symlink(join(ROOT, name), join(folder, name));
  const env = { ...process.env, PATH: `${programs}${delimiter}${PATH}` };
  const own = (written: string): string =>
    Object.entries(has).reduce((all, [open, mine]) => all.replaceAll(open, mine), written);

  const bash = async (script: string): Promise<{ readonly said: string; readonly code: number | null }> => {
    const child = spawn('bash', ['-c', `set -eo pipefail; ${own(script)}`], {
      cwd: folder,
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const [, out, err] = await Promise.all([once(child, 'close'), text(child.stdout), text(child.stderr)]);
    return { said: `${out}${err}`, code: child.exitCode };
  };
  const types = async (script: string): Promise<string> => {
    const { said, code } = await bash(script);
    if (code !== 0) throw new Error(`${script}\nends with ${code}: ${said}`);
    return said;
  };
  return {
    types,
    does: async (step) => {
      switch (step.kind) {
        case 'apply':
          for (const manifest of step.manifests)
            await kubectl(['apply', '--validate=strict', '-f', '-'], { input: own(JSON.stringify(manifest)) });
          return;
        case 'save':
          await mkdir(dirname(join(folder, step.file)), { recursive: true });
          await writeFile(join(folder, step.file), own(step.text));
          return;
        case 'run':
          await types(step.script);
          return;
        case 'see': {
          const shows = own(step.shows);
          const all: string[] = []; // the first tells most, where the command is one that does something
          await eventually(async () => {
            const { said } = await bash(step.command);
            if (all.at(-1) !== said) all.push(said);
            if (!shownAs(shows).test(said))
              throw new Error(`${step.command}\nshows\n${all.join('then\n')}\nand not\n${shows}`);
          }, SEEN);
        }
      }
    },
    close: async () => {
      for (const made of [folder, programs]) await rm(made, { recursive: true });
    },
  };
}
