// cli/judge: facts from a file, in the words of Xray's summary: { "images": { "nginx:1.27" or "sha256:…": { "issues": […],
// "licenses": ["MIT"], "violations": ["XRAY-1"] } } }. An image that is not in it is one that Xray has no scan of.
import { parse } from 'yaml';
import type { ImageFacts } from '../../scan/finding.js';
import { licenseNamed } from '../../scan/finding.js';
import type { Knowledge } from '../../scan/knowledge.js';
import { vulnerabilityOf } from '../../scan/xray/image-facts.js';
import { IssueDto } from '../../scan/xray/summary.dto.js';
import { parseShape } from '../../shape/parse-shape.js';
import { digestOfReference } from '../../workload/digest.js';
import type { Workload } from '../../workload/workload.js';
import { Trouble } from '../exit-code.js';
import { field, listAt, textAt } from '../field.js';
import type { SourceFile } from '../world.js';
import type { Facts } from './facts.js';
import { withStandIns } from './stand-in.js';

/** @throws Trouble that names the file, the image and the field */
export function factsFromFile(file: SourceFile, workloads: readonly Workload[], now: Date): Facts {
  const byImage = imagesIn(file);
  const { workloads: judged, digests } = withStandIns(workloads);
  const byDigest = Map.groupBy(
    judged.flatMap(({ images }) => images),
    ({ digest }): string => digest ?? '',
  );
  const known = (digest: string): ImageFacts | undefined => {
    const references = (byDigest.get(digest) ?? []).map(({ reference }) => reference);
    const named = references.find((one) => byImage.has(one)) ?? digestOfReference(references[0] ?? '');
    return named === undefined ? undefined : byImage.get(named);
  };
  const standIns = new Set<string>(digests.values());
  return {
    workloads: judged,
    isStandIn: (digest) => standIns.has(digest),
    knowledgeOf: (digest): Knowledge => {
      const facts = known(digest);
      return facts === undefined ? { state: 'unscanned', at: now } : { state: 'scanned', facts, at: now };
    },
    warnings: [],
  };
}

function imagesIn({ path, text }: SourceFile): ReadonlyMap<string, ImageFacts> {
  const images = field(parsed(path, text), 'images');
  if (typeof images !== 'object' || images === null)
    throw new Trouble(
      `${path} has no "images"; write { "images": { "nginx:1.27": { "issues": [], "licenses": [] } } }`,
    );
  const known = new Map<string, ImageFacts>();
  const entries: [string, unknown][] = Object.entries(images);
  for (const [image, artifact] of entries) {
    if (!isScanned(artifact)) continue;
    known.set(
      image.startsWith('sha256:') ? image.toLowerCase() : image,
      factsOf(artifact, `${path}: images[${image}]`),
    );
  }
  return known;
}

function parsed(path: string, text: string): unknown {
  try {
    const json: unknown = parse(text); // JSON is YAML
    return json;
  } catch (error) {
    const [why = ''] = (error instanceof Error ? error.message : String(error)).split('\n');
    throw new Trouble(`${path} is neither JSON nor YAML: ${why}`);
  }
}

/** The last step of its scan, where the file tells of steps: an image whose scan does not end has no facts. */
function isScanned(artifact: unknown): boolean {
  const status = textAt(listAt(artifact, 'scan').at(-1), 'status');
  return status === '' || status === 'DONE' || status === 'PARTIAL';
}

function factsOf(artifact: unknown, where: string): ImageFacts {
  const vulnerabilities = listAt(artifact, 'issues').map((issue, at) => {
    const shape = parseShape(IssueDto, issue);
    if (!shape.ok) throw new Trouble(`${where}.issues[${at}]: ${shape.problem}`);
    return shape.value;
  });
  const licenses = listAt(artifact, 'licenses').map((license, at) => {
    if (typeof license !== 'string') throw new Trouble(`${where}.licenses[${at}] must be the name of a license`);
    return licenseNamed(license);
  });
  // Older servers list their license violations among the issues, too.
  const security = vulnerabilities.filter((issue) => (issue.issue_type ?? 'security').toLowerCase() === 'security');
  return { vulnerabilities: security.map(vulnerabilityOf), licenses, paths: [], ...raisedIn(artifact, where) };
}

/** What Xray raised, in one list of ids and license names; without it a rule with `source: Violations` cannot be judged. */
function raisedIn(artifact: unknown, where: string): Pick<ImageFacts, 'raised'> {
  if (field(artifact, 'violations') === undefined)
    return { raised: { known: false, why: `${where} has no list "violations"` } };
  const raised = listAt(artifact, 'violations').map((id, at) => {
    if (typeof id !== 'string')
      throw new Trouble(`${where}.violations[${at}] must be an Xray id or the name of a license`);
    return id;
  });
  const isVulnerability = (id: string): boolean => id.startsWith('XRAY-');
  return {
    raised: {
      known: true,
      vulnerabilities: raised.filter(isVulnerability),
      licenses: raised.filter((id) => !isVulnerability(id)).map(licenseNamed),
    },
  };
}
