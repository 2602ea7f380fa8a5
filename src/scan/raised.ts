// scan: which findings of images Xray's own watches and policies raised as violations. Asked by where the images lie, for a
// violation names no digest; a batch at a time.
import type { Digest } from '../workload/digest.js';
import { type ArtifactPlace, imageFolder, placesIn } from './artifact-path.js';
import { licenseNamed, type Raised } from './finding.js';
import type { RaisedViolation } from './xray/violation.js';
import type { XrayClient } from './xray/xray-client.js';
import { isRefusal, isTooMuch, XrayError } from './xray/xray-error.js';

export interface LocatedImage {
  readonly digest: Digest;
  /** Folders in Artifactory. */
  readonly paths: readonly string[];
}

type Asks = Pick<XrayClient, 'violations'>;

const PAGE_SIZE = 100;
const MAX_PAGES = 50;
const TOO_MANY = `Xray lists more than ${PAGE_SIZE * MAX_PAGES} violations of the image`;
const NOWHERE = 'Xray does not say where the image lies, and its violations name images by that';

/**
 * One entry for each image. Where Xray will not tell, that is known to be unknown.
 *
 * @throws XrayError when Xray is in trouble: asking again will help
 */
export async function raisedIn(
  images: readonly LocatedImage[],
  xray: Asks,
  signal: AbortSignal,
): Promise<ReadonlyMap<Digest, Raised>> {
  const located = images.filter(({ paths }) => paths.length > 0);
  const nowhere = images.filter(({ paths }) => paths.length === 0);
  return new Map([
    ...nowhere.map(({ digest }): [Digest, Raised] => [digest, { known: false, why: NOWHERE }]),
    ...(located.length === 0 ? [] : await raisedAt(located, xray, signal)),
  ]);
}

async function raisedAt(
  images: readonly LocatedImage[],
  xray: Asks,
  signal: AbortSignal,
): Promise<readonly [Digest, Raised][]> {
  const listed = await list(
    images.flatMap(({ paths }) => paths.flatMap(placesIn)),
    xray,
    signal,
  );
  if (Array.isArray(listed)) return images.map((image) => [image.digest, raisedOf(image, listed)]);
  if (images.length > 1 && listed.isTooMuch) {
    const half = Math.ceil(images.length / 2);
    const first = await raisedAt(images.slice(0, half), xray, signal);
    return [...first, ...(await raisedAt(images.slice(half), xray, signal))];
  }
  if (listed.failure !== undefined && !isRefusal(listed.failure) && listed.failure.code !== 'TooLarge')
    throw listed.failure;
  const why = listed.failure?.message ?? TOO_MANY;
  return images.map(({ digest }) => [digest, { known: false, why }]);
}

interface NotListed {
  readonly isTooMuch: boolean;
  readonly failure: XrayError | undefined;
}

async function list(
  places: readonly ArtifactPlace[],
  xray: Asks,
  signal: AbortSignal,
): Promise<RaisedViolation[] | NotListed> {
  const all: RaisedViolation[] = [];
  try {
    for (let page = 1; page <= MAX_PAGES; page++) {
      const found = await xray.violations({ of: places, page, pageSize: PAGE_SIZE }, signal);
      all.push(...found);
      if (found.length < PAGE_SIZE) return all;
    }
    return { isTooMuch: true, failure: undefined };
  } catch (error) {
    if (!(error instanceof XrayError)) throw error;
    return { isTooMuch: isTooMuch(error), failure: error };
  }
}

/** A server may list more than it was asked for. */
function raisedOf({ paths }: LocatedImage, listed: readonly RaisedViolation[]): Raised {
  const folders = new Set(paths);
  const mine = listed.filter((one) => !one.isIgnored && one.paths.some((path) => folders.has(imageFolder(path))));
  const ids = (kind: 'vulnerability' | 'license'): readonly string[] =>
    [...new Set(mine.flatMap(({ finding }) => (finding.kind === kind ? [finding.id] : [])))].sort();
  return { known: true, vulnerabilities: ids('vulnerability'), licenses: ids('license').map(licenseNamed) };
}
