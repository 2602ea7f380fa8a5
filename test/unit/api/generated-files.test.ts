import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { generatedFiles } from '../../../scripts/generated-files.js';

const generated = generatedFiles();

describe('what stands in the repository is what the classes give (else: npm run generate)', () => {
  test.each([...generated.keys()])('%s', (path) => {
    expect(readFileSync(path, 'utf8')).toBe(generated.get(path));
  });

  test('and crds/ holds nothing else', () => {
    const expected = [...generated.keys()].filter((path) => path.startsWith('crds/'));
    expect(
      readdirSync('crds')
        .filter((name) => name !== 'kustomization.yaml') // the list of them, written by hand
        .map((name) => `crds/${name}`)
        .sort(),
    ).toEqual(expected.sort());
  });
});
