import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { generatedFiles } from '../../../scripts/generated-files.js';

const FILES = 'charts/kubexray-operator/files';
const generated = generatedFiles();

describe('what stands in the repository is what the classes give (else: npm run generate)', () => {
  test.each([...generated.keys()])('%s', (path) => {
    expect(readFileSync(path, 'utf8')).toBe(generated.get(path));
  });

  test.each(['crds', `${FILES}/crds`, `${FILES}/people-roles`, `${FILES}/rbac`])(
    'and %s holds nothing else',
    (folder) => {
      const expected = [...generated.keys()].filter((path) => path.startsWith(`${folder}/`));
      expect(
        readdirSync(folder, { recursive: true, withFileTypes: true })
          .filter((entry) => entry.isFile() && entry.name !== 'kustomization.yaml') // the list of them, written by hand
          .map(({ parentPath, name }) => `${parentPath}/${name}`)
          .sort(),
      ).toEqual(expected.sort());
    },
  );
});
