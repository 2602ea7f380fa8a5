import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { readSummary, type Summary } from '../../../../src/scan/xray/summary-reader.js';

const sha256 = 'a'.repeat(64);

async function* inChunks(text: string, size: number): AsyncGenerator<Uint8Array> {
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function read(body: unknown, chunkSize = 1_000): Promise<Summary> {
  return readSummary(inChunks(typeof body === 'string' ? body : JSON.stringify(body), chunkSize), 'xray.example');
}

const issue = { issue_id: 'XRAY-1', severity: 'High', summary: 'it überläuft', cves: [{ cve: 'CVE-2021-3711' }] };
const artifact = {
  general: { sha256, path: 'default/docker-local/shop/cart/1/' },
  issues: [issue],
  licenses: [{ name: 'MIT', components: ['npm://x:1'] }],
  operational_risks: [{ component_id: 'x' }],
};

test('an artifact in any cut of its bytes is the same', async () => {
  const whole = await read({ artifacts: [artifact], errors: [{ identifier: 'B', error: 'unknown' }] });
  expect(whole).toMatchObject({
    artifacts: [{ sha256, vulnerabilities: [{ id: 'XRAY-1', summary: 'it überläuft' }], licenses: [{ name: 'MIT' }] }],
  });
  expect([...whole.unknown]).toEqual([['b', 'unknown']]);
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: 400 }), async (size) => {
      const cut = await read({ artifacts: [artifact], errors: [{ identifier: 'B', error: 'unknown' }] }, size);
      expect(cut).toEqual(whole);
    }),
    { numRuns: 40 },
  );
});

test('an answer that is too large to be held whole is read the same', async () => {
  const small = {
    artifacts: [artifact, { ...artifact, general: { ...artifact.general, sha256: 'b'.repeat(64) } }],
    errors: null,
  };
  const large = { ...small, artifacts: small.artifacts.map((one) => ({ ...one, ballast: 'x'.repeat(600_000) })) };
  expect(await read(large, 50_000)).toEqual(await read(small));
});

test('what describes an artifact may come after its issues', async () => {
  const { general, ...rest } = artifact;
  const found = await read({ errors: null, artifacts: [{ ...rest, general }] });
  expect(found.artifacts).toMatchObject([{ sha256, vulnerabilities: [{ id: 'XRAY-1' }] }]);
});

test.each([[{ errors: [] }], [{ artifacts: [], errors: null }], [{ artifacts: [], errors: [] }]])(
  '%j is an empty answer',
  async (body) => {
    expect(await read(body)).toEqual({ artifacts: [], unknown: new Map() });
  },
);

test('only issues of security are kept; a word of the type is told without case', async () => {
  const issues = ['security', 'Security', 'license', undefined].map((type, at) => ({
    ...issue,
    issue_id: `XRAY-${at}`,
    issue_type: type,
  }));
  const { artifacts } = await read({ artifacts: [{ ...artifact, issues }] });
  expect(artifacts[0]?.vulnerabilities.map(({ id }) => id)).toEqual(['XRAY-0', 'XRAY-1', 'XRAY-3']);
});

describe('a wrong shape is an error that names the field', () => {
  const cases: [string, unknown, RegExp][] = [
    ['no digest', { artifacts: [{ general: {} }] }, /artifacts\.0\.general\.sha256 must be a string/],
    ['no description', { artifacts: [{ issues: [] }] }, /artifacts\.0\.general must be an object/],
    ['nothing as an artifact', { artifacts: [null] }, /artifacts/],
    ['a number as an artifact', { artifacts: [1] }, /artifacts/],
    ['issues as text', { artifacts: [{ ...artifact, issues: 'none' }] }, /artifacts\.0\.issues must be an array/],
    ['issues as an object', { artifacts: [{ ...artifact, issues: {} }] }, /artifacts\.0\.issues must be an array/],
    ['an issue as a number', { artifacts: [{ ...artifact, issues: [7] }] }, /artifacts\.0\.issues\.0 is no object/],
    [
      'a severity as a number',
      { artifacts: [artifact, { ...artifact, issues: [issue, { severity: 9 }] }] },
      /artifacts\.1\.issues\.1\.severity must be a string/,
    ],
    [
      'a CVE as a list',
      { artifacts: [{ ...artifact, issues: [{ cves: [{ cve: [] }] }] }] },
      /artifacts\.0\.issues\.0\.cves\.0\.cve must be a string/,
    ],
    ['a license without a name', { artifacts: [{ ...artifact, licenses: [{}] }] }, /artifacts\.0\.licenses\.0\.name/],
    ['artifacts as an object', { artifacts: { a: artifact } }, /artifacts must be an array/],
    ['an error without its identifier', { errors: [{}] }, /errors\.0\.identifier must be a string/],
    ['a list', [], /it is no object/],
    ['nothing of what was asked', {}, /neither artifacts nor errors/],
    ['nothing where the artifacts should be', { artifacts: null }, /neither artifacts nor errors/],
  ];
  test.each(cases)('%s', async (_, body, message) => {
    await expect(read(body)).rejects.toMatchObject({ code: 'UnexpectedAnswer' });
    await expect(read(body)).rejects.toThrow(message);
  });
});

test.each([
  ['a web page', '<html><body>'],
  ['nothing', ''],
  ['half an answer', JSON.stringify({ artifacts: [artifact] }).slice(0, 200)],
  ['two answers', '{}{}'],
])('%s is no Xray', async (_, body) => {
  await expect(read(body)).rejects.toMatchObject({ code: 'NotXray' });
});

test('a key that would reach the prototype of all objects reaches nothing', async () => {
  const body = `{"artifacts":[{"general":{"sha256":"${sha256}"},"__proto__":{"polluted":1},"issues":[{"__proto__":{"polluted":1}}]}]}`;
  await read(body);
  expect(Reflect.get({}, 'polluted')).toBeUndefined();
});

test('thousands of issues are kept as what is used of them', async () => {
  const issues = Array.from({ length: 5_000 }, (_, at) => ({
    ...issue,
    issue_id: `XRAY-${at}`,
    description: 'long '.repeat(200),
    impact_path: Array.from({ length: 5 }, () => 'default/docker-local/shop/cart/1/'),
  }));
  const { artifacts } = await read({ artifacts: [{ ...artifact, issues }] }, 65_536);
  expect(artifacts[0]?.vulnerabilities).toHaveLength(5_000);
  expect(JSON.stringify(artifacts)).not.toContain('long long');
});
