import { JSONParser, type JsonTypes } from '@streamparser/json';
import type { License, Vulnerability } from '../finding.js';
import { licenseOf, vulnerabilityOf } from './image-facts.js';
import { parseShape } from '../../shape/parse-shape.js';
import { KnownFindings } from './known-findings.js';
import { IssueDto, LicenseDto, SummaryDto } from './summary.dto.js';
import { noJson } from './transport.js';
import { XrayError } from './xray-error.js';

/** One element of `artifacts[]`. */
export interface ArtifactSummary {
  /** In lower case. */
  readonly sha256: string;
  readonly path: string | undefined;
  /** Of security only. */
  readonly vulnerabilities: readonly Vulnerability[];
  readonly licenses: readonly License[];
}

export interface Summary {
  readonly artifacts: readonly ArtifactSummary[];
  /** What Xray has no data of: what was asked, in lower case → what it says. */
  readonly unknown: ReadonlyMap<string, string>;
}

const MAX_BYTES = 500_000_000;

/** Those that IssueDto and what it consists of have. */
const ISSUE_FIELDS = [
  ...['issue_id', 'summary', 'severity', 'issue_type'],
  ...['cves', 'cve', 'cvss_v2', 'cvss_v3', 'cvss_v4'],
  ...['components', 'fixed_versions'],
  ...['applicability_details', 'result'],
];

/** What was read before, by the same client. */
export class Known {
  readonly issues = new KnownFindings<Vulnerability>(ISSUE_FIELDS);
  readonly licenses = new KnownFindings<License>(['name']);
}

/** @throws XrayError that names the field, where the shape is another */
export async function readSummary(
  chunks: AsyncIterable<Uint8Array>,
  host: string,
  known = new Known(),
): Promise<Summary> {
  const reduced: Reduced[] = [];
  const root = await parsedFrom(chunks, host, (element, stack) => {
    reduce(reduced, element, stack, known);
  });
  const parsed = parseShape(SummaryDto, root);
  if (!parsed.ok) throw unexpected(host, 'summary', parsed.problem);
  const { artifacts, errors } = parsed.value;
  // What is in neither list is unknown to Xray; where there are no lists, somebody else has answered, or nobody.
  if (!Array.isArray(artifacts) && !Array.isArray(errors))
    throw unexpected(host, 'summary', 'it has neither artifacts nor errors');
  return {
    artifacts: (artifacts ?? []).map(({ general }, at) => ({
      sha256: general.sha256.toLowerCase(),
      path: general.path ?? undefined,
      vulnerabilities: reduced[at]?.vulnerabilities ?? [],
      licenses: reduced[at]?.licenses ?? [],
    })),
    unknown: new Map((errors ?? []).map(({ identifier, error }) => [identifier.toLowerCase(), error ?? ''])),
  };
}

export function unexpected(host: string, what: string, problem: string): XrayError {
  const message = `The ${what} that ${host} sent is not as expected: ${problem}. Is spec.url an Xray, and is a proxy in between?`;
  return new XrayError('UnexpectedAnswer', message);
}

interface Reduced {
  readonly vulnerabilities: Vulnerability[];
  readonly licenses: License[];
}

const LISTS = new Set(['issues', 'licenses']);

/** What fits into this is parsed at once, which takes a tenth of the time; of more no more is held than one element. */
const WHOLE_BYTES = 2 ** 20;

type OnElement = (element: Element, stack: readonly Place[]) => void;

/** @param onElement is told of each element below an artifact once it is there. @returns what is left of the answer then */
async function parsedFrom(chunks: AsyncIterable<Uint8Array>, host: string, onElement: OnElement): Promise<unknown> {
  const first: Uint8Array[] = [];
  let stream: JSONParser | undefined;
  let root: unknown;
  let size = 0;
  for await (const chunk of chunks) {
    size += chunk.length;
    if (size > MAX_BYTES)
      throw new XrayError('TooLarge', `${host} answers with more than 500 MB; lower spec.batchSize.`);
    if (size <= WHOLE_BYTES) {
      first.push(chunk);
      continue;
    }
    stream ??= begun();
    const parser = stream;
    parse(() => {
      parser.write(chunk);
    });
  }
  const beginning = Buffer.concat(first).subarray(0, 64).toString('latin1');
  if (size === 0) throw noJson(host, beginning, undefined);
  const ended = stream;
  parse(() => {
    if (ended === undefined) root = parsedWhole(Buffer.concat(first), onElement);
    else if (!ended.isEnded) ended.end();
  });
  return root;

  function begun(): JSONParser {
    const parser = new JSONParser();
    parser.onValue = ({ value, key, parent, stack }) => {
      if (parent === undefined) root = value;
      else if (isInArtifact(stack)) onElement({ parent, key, value }, stack);
    };
    parse(() => {
      for (const chunk of first) parser.write(chunk);
    });
    return parser;
  }

  function parse(step: () => void): void {
    try {
      step();
    } catch (error) {
      if (error instanceof XrayError) throw error;
      if (error instanceof WrongField) throw unexpected(host, 'summary', error.message);
      throw noJson(host, Buffer.concat(first).subarray(0, 64).toString('latin1'), error);
    }
  }
}

/** Goes through it in the order in which the stream would have told of it. */
function parsedWhole(bytes: Buffer, onElement: OnElement): unknown {
  const root: unknown = JSON.parse(bytes.toString('utf8'));
  if (!isStruct(root)) return root;
  const { artifacts } = root;
  if (!Array.isArray(artifacts)) return root;
  artifacts.forEach((artifact: unknown, at) => {
    if (!isStruct(artifact)) return;
    const place = [{ key: undefined }, { key: 'artifacts' }, { key: at }];
    for (const [name, list] of Object.entries(artifact)) {
      if (LISTS.has(name) && isStruct(list))
        for (const [key, value] of Object.entries(list))
          onElement({ parent: list, key, value }, [...place, { key: name }]);
      onElement({ parent: artifact, key: name, value: list }, place);
    }
  });
  return root;
}

function isStruct(value: unknown): value is JsonTypes.JsonObject {
  return typeof value === 'object' && value !== null;
}

class WrongField extends Error {}

function isInArtifact(stack: readonly Place[]): boolean {
  return (stack.length === 3 || stack.length === 4) && stack[1]?.key === 'artifacts';
}

interface Place {
  readonly key: JsonTypes.JsonKey;
}

interface Element extends Place {
  readonly parent: JsonTypes.JsonStruct;
  readonly value: unknown;
}

/** A field of an artifact, or an element of one of its lists, is there: what is used of it is kept, and the rest let go. */
function reduce(all: Reduced[], element: Element, stack: readonly Place[], known: Known): void {
  const artifact = Number(stack[2]?.key);
  if (stack.length === 3) {
    if (element.key !== 'general' && !LISTS.has(String(element.key))) letGo(element);
    return;
  }
  const list = String(stack[3]?.key);
  if (!LISTS.has(list)) return;
  const mine = (all[artifact] ??= { vulnerabilities: [], licenses: [] });
  const field = `artifacts.${artifact}.${list}.${String(element.key)}`;
  const { value } = element;
  if (list === 'licenses')
    add(
      mine.licenses,
      known.licenses.finding(value, () => licenseOf(held(LicenseDto, field, value))),
    );
  else
    add(
      mine.vulnerabilities,
      known.issues.finding(value, () => vulnerabilityIn(held(IssueDto, field, value))),
    );
  letGo(element);
}

function add<T>(all: T[], one: T | undefined): void {
  if (one !== undefined) all.push(one);
}

/** @returns undefined where it is about something else than security */
function vulnerabilityIn(issue: IssueDto): Vulnerability | undefined {
  return isSecurity(issue) ? vulnerabilityOf(issue) : undefined;
}

function held<T extends object>(shape: new () => T, field: string, value: unknown): T {
  const parsed = parseShape(shape, value);
  if (!parsed.ok)
    throw new WrongField(parsed.problem === 'it is no object' ? `${field} is no object` : `${field}.${parsed.problem}`);
  return parsed.value;
}

// Licenses have an array of their own; older servers list their violations among the issues, too.
function isSecurity({ issue_type: type }: IssueDto): boolean {
  return (type ?? 'security').toLowerCase() === 'security';
}

function letGo({ parent, key }: Element): void {
  Reflect.set(parent, String(key), null);
}
