/**
 * Writes `dist/THIRD-PARTY-LICENSES.txt`: whose work is in the bundles, under which license, and its words, which most licenses
 * want to travel with it. The license of Node itself lies beside it in the image (Dockerfile).
 */
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { placesOf } from './sbom.mjs';

const TEXTS = /^(licen[cs]e|unlicense|copying|notice)/i;
/** Licenses of data that only want to be named: such packages come without a text. */
const NAMED_ONLY = new Set(['CC0-1.0', 'CC-BY-3.0']);

/**
 * @param root the repository
 * @param folder where it is written
 * @param inputs the files that the bundles are made of, relative to the root
 */
export async function writeNotices(root, folder, inputs) {
  const places = placesOf(inputs).filter((place) => place.startsWith('node_modules/'));
  const notices = noticesOf(await Promise.all(places.map((place) => readPackage(join(root, place)))));
  await writeFile(join(folder, 'THIRD-PARTY-LICENSES.txt'), notices);
}

async function readPackage(place) {
  const { name, version, license, author } = JSON.parse(await readFile(join(place, 'package.json'), 'utf8'));
  const files = (await readdir(place)).filter((file) => TEXTS.test(file)).sort();
  const texts = await Promise.all(files.map((file) => readFile(join(place, file), 'utf8')));
  return { name, version, license, author: typeof author === 'string' ? author : author?.name, texts };
}

/** Pure. @throws Error where a license's words are missing: then it may not be shipped like that */
export function noticesOf(packages) {
  const missing = packages.filter(({ license, texts }) => texts.length === 0 && !NAMED_ONLY.has(license));
  if (missing.length > 0)
    throw new Error(
      `no text of their licenses in ${missing.map(({ name }) => name).join(', ')}; take it from their repositories`,
    );
  return packages
    .map(({ name, version, license, author, texts }) => {
      const heading = [`${name} ${version}`, license, author].filter((part) => part !== undefined).join(', ');
      return [heading, '='.repeat(heading.length), ...texts.map((text) => text.replaceAll('\r\n', '\n').trim())].join(
        '\n',
      );
    })
    .sort()
    .join('\n\n\n')
    .concat('\n');
}
