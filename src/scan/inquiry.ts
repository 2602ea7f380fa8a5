// scan: asks what is to be known of a batch of images: Xray first; where it does not know a digest, whether that is an
// index, and then for the images of the nodes' platforms; where it still has nothing, how far it is.
import type { Resolution, Resolve } from '../registry/resolution.js';
import type { Digest } from '../workload/digest.js';
import { likelyPlaces, placesIn } from './artifact-path.js';
import { type Answer, type Completeness, type ImageFacts, oneForEach, type ScanProgress } from './finding.js';
import { raisedIn } from './raised.js';
import type { AskedImage } from './wanted.js';
import { completenessOf, progressOf, type ScanStatus } from './xray/scan-status.js';
import type { Summaries, XrayClient } from './xray/xray-client.js';
import { XrayError } from './xray/xray-error.js';

export interface InquiryPorts {
  readonly xray: Pick<XrayClient, 'summaries' | 'scanStatus' | 'violations'>;
  /** Absent: a digest that Xray does not know is unscanned, whatever it stands for. */
  readonly resolve?: Resolve;
  readonly batchSize: number;
}

/** @returns one answer for each image @throws XrayError when Xray cannot be asked */
export async function inquire(
  images: readonly AskedImage[],
  ports: InquiryPorts,
  signal: AbortSignal,
): Promise<readonly Answer[]> {
  const summaries = new Map(
    await ports.xray.summaries(
      images.map(({ digest }) => digest),
      signal,
    ),
  );
  const resolutions = await resolveUnknown(images, summaries, ports, signal);
  const manifests = [...new Set([...resolutions.values()].flatMap(manifestsOf))].filter((one) => !summaries.has(one));
  for (let at = 0; at < manifests.length; at += ports.batchSize)
    for (const [digest, facts] of await ports.xray.summaries(manifests.slice(at, at + ports.batchSize), signal))
      summaries.set(digest, facts);
  const answers = await Promise.all(
    images.map(async (image) => answerFor(image, resolutions.get(image.digest), { summaries, ports, signal })),
  );
  return withRaised(answers, images, ports, signal);
}

/** Tells beside the facts which of them Xray raised, for those images where a policy goes by it. */
async function withRaised(
  answers: readonly Answer[],
  images: readonly AskedImage[],
  { xray }: InquiryPorts,
  signal: AbortSignal,
): Promise<readonly Answer[]> {
  const needed = new Set(images.flatMap(({ digest, needsViolations }) => (needsViolations === true ? digest : [])));
  const located = answers.flatMap((one) =>
    one.state === 'scanned' && needed.has(one.digest) ? [{ digest: one.digest, paths: one.facts.paths }] : [],
  );
  if (located.length === 0) return answers;
  const raised = await raisedIn(located, xray, signal);
  return answers.map((one) => {
    const mine = raised.get(one.digest);
    return one.state !== 'scanned' || mine === undefined ? one : { ...one, facts: { ...one.facts, raised: mine } };
  });
}

async function resolveUnknown(
  images: readonly AskedImage[],
  summaries: Summaries,
  { resolve }: InquiryPorts,
  signal: AbortSignal,
): Promise<ReadonlyMap<Digest, Resolution>> {
  if (resolve === undefined) return new Map();
  const unknown = images.filter(({ digest }) => summaries.get(digest) === undefined);
  return new Map(
    await Promise.all(
      unknown.map(async (image): Promise<[Digest, Resolution]> => [image.digest, await resolve(image, signal)]),
    ),
  );
}

function manifestsOf(resolution: Resolution): readonly Digest[] {
  return resolution.kind === 'index' ? resolution.manifests : [];
}

interface Found {
  readonly summaries: Summaries;
  readonly ports: InquiryPorts;
  readonly signal: AbortSignal;
}

async function answerFor(image: AskedImage, resolution: Resolution | undefined, found: Found): Promise<Answer> {
  const { digest } = image;
  const facts = found.summaries.get(digest);
  if (facts instanceof XrayError) return { digest, state: 'unresolved', why: facts.message };
  if (facts !== undefined)
    return { digest, state: 'scanned', facts, completeness: await completenessFor(image, digest, found) };
  switch (resolution?.kind) {
    case undefined:
    case 'image':
      return { digest, state: 'unscanned', progress: await progressFor(image, digest, found) };
    case 'unknown':
      return { digest, state: 'unresolved', why: resolution.why };
    case 'index':
      return answerForIndex(image, resolution.manifests, found);
  }
}

/** What is known of an image whose nodes have several platforms is what is known of all of them together. */
async function answerForIndex(image: AskedImage, manifests: readonly Digest[], found: Found): Promise<Answer> {
  const { digest } = image;
  if (manifests.length === 0)
    return { digest, state: 'unresolved', why: 'the image has nothing for the platform of the nodes that run it' };
  const known = manifests.map((manifest) => found.summaries.get(manifest));
  const failure = known.find((one) => one instanceof XrayError);
  if (failure !== undefined) return { digest, state: 'unresolved', why: failure.message };
  const missing = manifests.find((_, at) => known[at] === undefined);
  if (missing !== undefined) return { digest, state: 'unscanned', progress: await progressFor(image, missing, found) };
  const facts = known.filter((one): one is ImageFacts => one !== undefined && !(one instanceof XrayError));
  const completeness = await Promise.all(manifests.map(async (one) => completenessFor(image, one, found)));
  return {
    digest,
    state: 'scanned',
    facts: {
      vulnerabilities: oneForEach(facts.flatMap((one) => one.vulnerabilities)),
      licenses: [...new Map(facts.flatMap((one) => one.licenses).map((l) => [l.name, l])).values()],
      paths: facts.flatMap(({ paths }) => paths),
    },
    completeness: completeness.includes('Partial') ? 'Partial' : 'Complete',
  };
}

async function completenessFor(image: AskedImage, digest: Digest, found: Found): Promise<Completeness> {
  if (!image.wasUnsettled) return 'Complete';
  const status = await statusOf(image, digest, found);
  return status === undefined ? 'Complete' : completenessOf(status);
}

async function progressFor(image: AskedImage, digest: Digest, found: Found): Promise<ScanProgress> {
  const status = await statusOf(image, digest, found);
  return status === undefined ? 'NeverSeen' : progressOf(status);
}

/**
 * That the summary has no facts is certain by now; how far Xray is only explains it. So where that cannot be told (a
 * permission that is missing, a call that fails) the answer stands without it.
 */
async function statusOf(
  image: AskedImage,
  digest: Digest,
  { summaries, ports, signal }: Found,
): Promise<ScanStatus | undefined> {
  const facts = summaries.get(digest);
  const folders = facts === undefined || facts instanceof XrayError ? [] : facts.paths;
  const known = folders.flatMap((folder) => placesIn(folder).slice(0, 1));
  try {
    return await ports.xray.scanStatus(digest, known.length > 0 ? known : likelyPlaces(image.references), signal);
  } catch (error) {
    if (error instanceof XrayError) return undefined;
    throw error;
  }
}
