import { describe, expect, test } from '@jest/globals';
import type { Resolution } from '../../../src/registry/resolution.js';
import type { ImageFacts, Vulnerability } from '../../../src/scan/finding.js';
import { inquire, type InquiryPorts } from '../../../src/scan/inquiry.js';
import type { AskedImage } from '../../../src/scan/wanted.js';
import type { ScanStatus } from '../../../src/scan/xray/scan-status.js';
import type { RaisedViolation } from '../../../src/scan/xray/violation.js';
import { XrayError } from '../../../src/scan/xray/xray-error.js';
import type { Digest } from '../../../src/workload/digest.js';
import { aDigest, aRaisedViolation, aVulnerability } from '../../builders/builders.js';

const never = new AbortController().signal;
const index = aDigest('1');
const amd64 = aDigest('2');
const arm64 = aDigest('3');

function facts(id: string): ImageFacts {
  return { vulnerabilities: [aVulnerability({ id })], licenses: [], paths: [`default/docker-local/shop/${id}/1`] };
}

function image(digest: Digest, wasUnsettled = false): AskedImage {
  return { digest, references: ['acme.example/docker-local/shop:1'], platforms: [], pullers: [], wasUnsettled };
}

interface World {
  readonly known?: ReadonlyMap<Digest, ImageFacts | XrayError>;
  readonly resolution?: Resolution;
  readonly status?: ScanStatus | XrayError;
  readonly raised?: readonly RaisedViolation[];
}

function ports({
  known = new Map(),
  resolution,
  status = 'NeverSeen',
  raised = [],
}: World): InquiryPorts & { asked: string[][] } {
  const asked: string[][] = [];
  return {
    asked,
    batchSize: 10,
    xray: {
      summaries: async (digests) => {
        asked.push([...digests]);
        return new Map(digests.map((digest) => [digest, known.get(digest)]));
      },
      violations: async () => raised,
      scanStatus: async () => {
        if (status instanceof XrayError) throw status;
        return status;
      },
    },
    ...(resolution === undefined ? {} : { resolve: async () => resolution }),
  };
}

test('what Xray knows is asked for once, and nothing else', async () => {
  const world = ports({ known: new Map([[amd64, facts('A')]]), resolution: { kind: 'image' } });
  expect(await inquire([image(amd64)], world, never)).toMatchObject([{ state: 'scanned', completeness: 'Complete' }]);
  expect(world.asked).toEqual([[amd64]]);
});

describe('a digest that Xray does not know', () => {
  test('of an index is asked for by the images that the nodes run, and what is known is their union', async () => {
    const world = ports({
      known: new Map([
        [amd64, facts('A')],
        [arm64, facts('B')],
      ]),
      resolution: { kind: 'index', manifests: [amd64, arm64] },
    });
    const [answer] = await inquire([image(index)], world, never);
    expect(answer).toMatchObject({
      digest: index,
      state: 'scanned',
      facts: { vulnerabilities: [{ id: 'A' }, { id: 'B' }], paths: [expect.any(String), expect.any(String)] },
    });
    expect(world.asked).toEqual([[index], [amd64, arm64]]);
  });

  test.each<[string, Partial<Vulnerability>, Partial<Vulnerability>]>([
    ['is fixed in one of them is fixable', { fixedVersions: ['1.2.3'] }, { fixedVersions: [] }],
    ['applies to one of them applies', { applicability: 'Applicable' }, { applicability: 'NotApplicable' }],
    ['may apply to one of them may apply', { applicability: 'Undetermined' }, { applicability: 'NotApplicable' }],
    ['is worse in one of them is as bad as that', { severity: 'Critical', cvss: 9.8 }, { severity: 'Low', cvss: 3 }],
  ])('of an index: an issue of its images that %s, whichever comes last', async (_, one, other) => {
    const worst = aVulnerability(one);
    const milder = aVulnerability(other);
    for (const [first, last] of [
      [worst, milder],
      [milder, worst],
    ] as const) {
      const known = new Map([
        [amd64, { ...facts('A'), vulnerabilities: [first] }],
        [arm64, { ...facts('A'), vulnerabilities: [last] }],
      ]);
      const world = ports({ known, resolution: { kind: 'index', manifests: [amd64, arm64] } });
      const [answer] = await inquire([image(index)], world, never);
      expect(answer).toMatchObject({ facts: { vulnerabilities: [one] } });
    }
  });

  test.each<[string, Resolution]>([
    ['what Xray says of it', { kind: 'image' }],
    ['what Xray says of one of its images', { kind: 'index', manifests: [amd64, arm64] }],
  ])('is neither scanned nor unscanned where %s cannot be had', async (_, resolution) => {
    const failure = new XrayError('UnexpectedAnswer', 'its severity is no text');
    const known = new Map<Digest, ImageFacts | XrayError>([
      [amd64, facts('A')],
      [arm64, failure],
    ]);
    const asked = resolution.kind === 'index' ? index : arm64;
    expect(await inquire([image(asked)], ports({ known, resolution }), never)).toEqual([
      { digest: asked, state: 'unresolved', why: 'its severity is no text' },
    ]);
  });

  test('of an index is unscanned while one of its images is', async () => {
    const world = ports({
      known: new Map([[amd64, facts('A')]]),
      resolution: { kind: 'index', manifests: [amd64, arm64] },
      status: 'Queued',
    });
    expect(await inquire([image(index)], world, never)).toEqual([
      { digest: index, state: 'unscanned', progress: 'Queued' },
    ]);
  });

  test('of an image is unscanned', async () => {
    const world = ports({ resolution: { kind: 'image' } });
    expect(await inquire([image(amd64)], world, never)).toMatchObject([{ state: 'unscanned', progress: 'NeverSeen' }]);
  });

  test('of which nobody can say what it stands for is not "unscanned"', async () => {
    const world = ports({ resolution: { kind: 'unknown', why: 'the registry says no' } });
    expect(await inquire([image(index)], world, never)).toEqual([
      { digest: index, state: 'unresolved', why: 'the registry says no' },
    ]);
  });

  test('of an index without an image for these nodes is not "unscanned" either', async () => {
    const world = ports({ resolution: { kind: 'index', manifests: [] } });
    expect(await inquire([image(index)], world, never)).toMatchObject([{ state: 'unresolved' }]);
  });

  test('is unscanned where indexes are not looked into', async () => {
    expect(await inquire([image(index)], ports({}), never)).toMatchObject([{ state: 'unscanned' }]);
  });
});

describe('how far Xray is', () => {
  test.each<[ScanStatus, string]>([
    ['NeverSeen', 'NeverSeen'],
    ['Queued', 'Queued'],
    ['Scanning', 'Scanning'],
    ['Failed', 'Failed'],
    ['NotSupported', 'NotSupported'],
    ['Done', 'Scanning'], // the summary follows in a moment
    ['Partial', 'Scanning'],
  ])('%s without facts is %s', async (status, progress) => {
    expect(await inquire([image(amd64)], ports({ status }), never)).toMatchObject([{ state: 'unscanned', progress }]);
  });

  test.each<[ScanStatus, string]>([
    ['Done', 'Complete'],
    ['Partial', 'Partial'],
    ['Scanning', 'Partial'],
  ])('%s with facts that were not there before is %s', async (status, completeness) => {
    const world = ports({ known: new Map([[amd64, facts('A')]]), status });
    expect(await inquire([image(amd64, true)], world, never)).toMatchObject([{ state: 'scanned', completeness }]);
  });

  test('that it cannot be told changes nothing about what is certain', async () => {
    const status = new XrayError('Forbidden', 'no');
    expect(await inquire([image(amd64)], ports({ status }), never)).toMatchObject([{ state: 'unscanned' }]);
  });
});

describe('what Xray raised', () => {
  const known = new Map([[amd64, facts('A')]]);
  const raised = [
    aRaisedViolation({
      paths: ['default/docker-local/shop/A/1/manifest.json'],
      finding: { kind: 'vulnerability', id: 'A' },
    }),
  ];

  test('is asked for images where a policy goes by it', async () => {
    const [answer] = await inquire([{ ...image(amd64), needsViolations: true }], ports({ known, raised }), never);
    expect(answer).toMatchObject({ facts: { raised: { known: true, vulnerabilities: ['A'] } } });
  });

  test('is not asked for others', async () => {
    const [answer] = await inquire([image(amd64)], ports({ known, raised }), never);
    expect(answer).toMatchObject({ state: 'scanned' });
    expect(answer).not.toHaveProperty('facts.raised');
  });

  test('of an index is what it raised of the images in it', async () => {
    const resolution = { kind: 'index', manifests: [amd64] } as const;
    const [answer] = await inquire(
      [{ ...image(index), needsViolations: true }],
      ports({ known, raised, resolution }),
      never,
    );
    expect(answer).toMatchObject({ digest: index, facts: { raised: { known: true, vulnerabilities: ['A'] } } });
  });
});
