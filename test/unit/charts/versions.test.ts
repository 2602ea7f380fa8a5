// One version for all that is released together, and one Node for the tests and the image.
import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { parse } from 'yaml';

// eslint-disable-next-line @typescript-eslint/no-unsafe-type-assertion -- our own file
const { version, devDependencies } = JSON.parse(readFileSync('package.json', 'utf8')) as {
  version: string;
  devDependencies: { node: string };
};

test.each(['kubexray-operator', 'kubexray-policies'])('the chart %s is of the version of the package', (chart) => {
  expect(parse(readFileSync(`charts/${chart}/Chart.yaml`, 'utf8'))).toMatchObject({
    name: chart,
    version,
    appVersion: version,
  });
});

test('the image has the Node that the tests run on', () => {
  expect(readFileSync('Dockerfile', 'utf8')).toContain(`node:${devDependencies.node}-`);
});
