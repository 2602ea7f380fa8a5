import { readFile } from 'node:fs/promises';
import { expect, test } from '@jest/globals';

// That of the whole operator is run as it stands there, on the real API server (test/integration/example.test.ts).
test('the web hooks of the README are those of the example, which is compiled', async () => {
  const example = await readFile('packages/operator/example/webhooks.ts', 'utf8');
  expect(await readFile('packages/operator/README.md', 'utf8')).toContain(`\`\`\`ts\n${example}\`\`\``);
});
