// What the list of the bundles' parts says, from what npm lists and which files are in the bundles.
import { describe, expect, test } from '@jest/globals';
import { ofTheBundles, placesOf } from '../../../scripts/sbom.mjs';

test('files belong to the innermost package that they lie in', () => {
  const places = placesOf([
    'src/main.ts',
    'packages/operator/src/index.ts',
    'node_modules/a/index.js',
    'node_modules/a/other.js',
    'node_modules/a/node_modules/@b/c/index.js',
  ]);
  expect(places).toEqual(['packages/operator', 'node_modules/a', 'node_modules/a/node_modules/@b/c']);
});

const listed = {
  serialNumber: 'urn:uuid:of-this-run',
  metadata: { timestamp: 'now', component: { 'bom-ref': 'own@1', name: 'name-of-the-folder', type: 'library' } },
  components: [
    { 'bom-ref': 'b@2', name: 'b', externalReferences: [{ url: 'https://registry.example.com/b' }] },
    { 'bom-ref': 'a@1', name: 'a' },
    { 'bom-ref': 'unused@1', name: 'unused' },
  ],
  dependencies: [
    { ref: 'own@1', dependsOn: ['a@1', 'unused@1'] },
    { ref: 'a@1', dependsOn: ['b@2'] },
    { ref: 'unused@1', dependsOn: [] },
  ],
};
const about = { name: 'own', version: '1', shipped: new Set(['a@1', 'b@2']), node: '24.0.0' };

describe('the list', () => {
  const bom = ofTheBundles(listed, about);

  test('holds what is shipped and Node, and nothing else', () => {
    expect(bom.components.map((one) => one['bom-ref'])).toEqual(['a@1', 'b@2', 'node@24.0.0']);
    expect(bom.dependencies).toEqual([
      { ref: 'own@1', dependsOn: ['a@1'] },
      { ref: 'a@1', dependsOn: ['b@2'] },
    ]);
    expect(bom.metadata.component).toMatchObject({ name: 'own', type: 'application' });
  });

  test('is the same for the same sources, and another for others', () => {
    const later = {
      ...listed,
      serialNumber: 'urn:uuid:of-that-run',
      metadata: { ...listed.metadata, timestamp: 'later' },
    };
    expect(ofTheBundles(later, about)).toEqual(bom);
    expect(ofTheBundles(listed, { ...about, node: '24.0.1' }).serialNumber).not.toBe(bom.serialNumber);
    expect(JSON.stringify(bom)).not.toContain('registry.example.com');
  });

  test('is not written where npm does not list something that is shipped', () => {
    expect(() => ofTheBundles(listed, { ...about, shipped: new Set(['c@3']) })).toThrow('c@3 is in the bundles');
  });
});
