// A real Chromium for tests: the user's own (KUBEXRAY_TEST_CHROMIUM), else the one that a development dependency brings along,
// unpacked once per user and version.
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { type Browser, chromium } from 'playwright-core';

/** @throws Error that says why no browser could be started */
export async function startBrowser(): Promise<Browser> {
  const own = process.env['KUBEXRAY_TEST_CHROMIUM'];
  if (own !== undefined && own !== '') return launch(own);
  const folder = await unpacked();
  const executable = join(folder, 'chromium');
  const fonts = { FONTCONFIG_PATH: join(folder, 'fonts') };
  try {
    return await launch(executable, fonts);
  } catch {
    // A machine without the libraries of a desktop: the package has them.
    return launch(executable, { ...fonts, LD_LIBRARY_PATH: join(folder, 'al2023', 'lib') });
  }
}

async function launch(executablePath: string, environment: Readonly<Record<string, string>> = {}): Promise<Browser> {
  return chromium.launch({
    executablePath,
    // Tests in a container run as root, where Chromium's sandbox can't be had; it sees no page but ours.
    args: ['--no-sandbox', '--disable-gpu', '--font-render-hinting=none'],
    env: { ...process.env, ...environment },
  });
}

async function unpacked(): Promise<string> {
  const cache = join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'kubexray-operator');
  const folder = join(cache, `chromium-${await version()}-with-fonts`);
  if (existsSync(join(folder, 'chromium'))) return folder;
  await mkdir(cache, { recursive: true });
  const unfinished = await mkdtemp(join(cache, 'chromium-unfinished-'));
  try {
    await promisify(execFile)(process.execPath, [join(import.meta.dirname, 'unpack-chromium.mjs')], {
      env: { ...process.env, TMPDIR: unfinished },
    });
    await rename(unfinished, folder);
  } catch (error) {
    await rm(unfinished, { recursive: true, force: true });
    if (!existsSync(join(folder, 'chromium'))) throw error; // else another run was faster
  }
  return folder;
}

async function version(): Promise<string> {
  const entry = fileURLToPath(import.meta.resolve('@sparticuz/chromium'));
  const text = await readFile(join(dirname(dirname(entry)), 'package.json'), 'utf8');
  return /"version": "([^"]+)"/u.exec(text)?.[1] ?? 'unknown';
}
