// cli: reads the files that the user names, and writes those that hold secrets.
import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { text as textOf } from 'node:stream/consumers';
import { Trouble } from './exit-code.js';
import type { Files, SourceFile } from './world.js';

const MANIFEST = /\.(ya?ml|json)$/iu;

export function files(standardInput: Readable): Files {
  return {
    read: async (path) => {
      if (path === '-') return [{ path: 'stdin', text: await textOf(standardInput) }];
      return tried(path, 'read', async () =>
        (await stat(path)).isDirectory() ? inFolder(path) : [await fileAt(path)],
      );
    },
    writePrivate: async (path, text) =>
      tried(path, 'written', async () => writeFile(path, text, { mode: 0o600, flag: 'wx' })),
  };
}

async function inFolder(folder: string): Promise<readonly SourceFile[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const paths = entries
    .filter((entry) => !entry.isDirectory() && MANIFEST.test(entry.name))
    .map(({ parentPath, name }) => join(parentPath, name));
  return Promise.all(paths.sort().map(fileAt));
}

async function fileAt(path: string): Promise<SourceFile> {
  return { path, text: await readFile(path, 'utf8') };
}

async function tried<T>(path: string, done: 'read' | 'written', step: () => Promise<T>): Promise<T> {
  try {
    return await step();
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    throw new Trouble(`${path} cannot be ${done}: ${WORDS.get(code) ?? code}`);
  }
}

const WORDS: ReadonlyMap<string, string> = new Map([
  ['ENOENT', 'there is no such file or folder'],
  ['EACCES', 'you may not'],
  ['EEXIST', 'it is there already; name another file or remove it'],
  ['EISDIR', 'it is a folder'],
]);
