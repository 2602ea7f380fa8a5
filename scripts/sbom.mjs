/**
 * Writes the software bill of materials of the bundles, `dist/kubexray-operator.cdx.json` (CycloneDX): the packages of which
 * something is in them, and the Node that runs them; nothing else of node_modules is shipped. npm lists all that is locked,
 * because with --omit=dev it leaves out some that are not for development only. The same sources give the same file: no time, and a serial number made from what it says.
 */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import process from 'node:process';
import { promisify } from 'node:util';

const NPM = ['sbom', '--sbom-format=cyclonedx', '--package-lock-only'];
const LONGEST_OUTPUT = 64 * 2 ** 20;

/**
 * @param root the repository
 * @param folder where it is written
 * @param inputs the files that the bundles are made of, relative to the root
 */
export async function writeSbom(root, folder, inputs) {
  const { stdout } = await promisify(execFile)('npm', NPM, { cwd: root, maxBuffer: LONGEST_OUTPUT });
  const { name, version, packages } = JSON.parse(await readFile(join(root, 'package-lock.json'), 'utf8'));
  const shipped = placesOf(inputs).map((place) => referenceOf(place, packages[place]));
  const bom = ofTheBundles(JSON.parse(stdout), {
    name,
    version,
    shipped: new Set(shipped),
    node: process.versions.node,
  });
  await writeFile(join(folder, 'kubexray-operator.cdx.json'), `${JSON.stringify(bom, null, 2)}\n`);
  process.stdout.write(`dist/kubexray-operator.cdx.json: ${bom.components.length} components\n`);
}

/** Where the packages lie that the files belong to: `node_modules/a`, `node_modules/a/node_modules/@b/c`, `packages/operator`. */
export function placesOf(inputs) {
  const place = /^(?:.*node_modules\/(?:@[^/]+\/)?[^/]+|packages\/[^/]+)/;
  return [...new Set(inputs.flatMap((path) => place.exec(path)?.[0] ?? []))];
}

/** As npm names it in its list. */
function referenceOf(place, { name = place.replace(/^.*node_modules\//, ''), version }) {
  return `${name}@${version}`;
}

/** Pure. @param bom as npm prints it */
export function ofTheBundles(bom, { name, version, shipped, node }) {
  const ref = `${name}@${version}`;
  const runtime = {
    'bom-ref': `node@${node}`,
    type: 'platform',
    name: 'node',
    version: node,
    purl: `pkg:generic/node@${node}`,
    cpe: `cpe:2.3:a:nodejs:node.js:${node}:*:*:*:*:*:*:*`,
    licenses: [{ license: { id: 'MIT' } }],
  };
  const unknown = [...shipped].find((one) => !bom.components.some((component) => component['bom-ref'] === one));
  if (unknown !== undefined) throw new Error(`${unknown} is in the bundles, and npm does not list it`);
  const components = [
    ...bom.components.filter((one) => shipped.has(one['bom-ref'])).map(({ externalReferences: _, ...one }) => one),
    runtime,
  ].sort((a, b) => (a['bom-ref'] < b['bom-ref'] ? -1 : 1));
  const known = new Set([ref, ...components.map((one) => one['bom-ref'])]);
  const dependencies = bom.dependencies
    .filter((one) => known.has(one.ref))
    .map((one) => ({ ...one, dependsOn: one.dependsOn.filter((other) => known.has(other)) }));
  const { timestamp: _, ...metadata } = bom.metadata;
  const component = { ...metadata.component, 'bom-ref': ref, type: 'application', name };
  const said = { ...bom, metadata: { ...metadata, component }, components, dependencies };
  const hash = createHash('sha256')
    .update(JSON.stringify({ ...said, serialNumber: '' }))
    .digest('hex');
  return { ...said, serialNumber: `urn:uuid:${uuidOf(hash)}` };
}

/** A UUID of version 8: what its bits mean is up to whoever makes it. */
function uuidOf(hash) {
  const parts = [
    hash.slice(0, 8),
    hash.slice(8, 12),
    `8${hash.slice(13, 16)}`,
    `8${hash.slice(17, 20)}`,
    hash.slice(20, 32),
  ];
  return parts.join('-');
}
