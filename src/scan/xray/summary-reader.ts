import { JSONParser, type JsonTypes } from '@streamparser/json';
import type { License, Vulnerability } from '../finding.js';
import { licenseOf, vulnerabilityOf } from './image-facts.js';
import { parseShape } from '../../shape/parse-shape.js';
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

/** @throws XrayError that names the field, where the shape is another */
export async function readSummary(chunks: AsyncIterable<Uint8Array>, host: string): Promise<Summary> {
  const reduced: Reduced[] = [];
  const parser = new JSONParser();
  let root: unknown;
  parser.onValue = ({ value, key, parent, stack }) => {
    if (parent === undefined) root = value;
    else if (isInArtifact(stack)) reduce(reduced, { parent, key, value }, stack);
  };
  await feed(parser, chunks, host);
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

async function feed(parser: JSONParser, chunks: AsyncIterable<Uint8Array>, host: string): Promise<void> {
  let beginning = '';
  let size = 0;
  for await (const chunk of chunks) {
    if (size === 0) beginning = Buffer.from(chunk.subarray(0, 64)).toString('latin1');
    size += chunk.length;
    if (size > MAX_BYTES)
      throw new XrayError('TooLarge', `${host} answers with more than 500 MB; lower spec.batchSize.`);
    parse(() => {
      parser.write(chunk);
    });
  }
  if (size === 0) throw noJson(host, beginning, undefined);
  parse(() => {
    if (!parser.isEnded) parser.end();
  });

  function parse(step: () => void): void {
    try {
      step();
    } catch (error) {
      if (error instanceof XrayError) throw error;
      if (error instanceof WrongField) throw unexpected(host, 'summary', error.message);
      throw noJson(host, beginning, error);
    }
  }
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
function reduce(all: Reduced[], element: Element, stack: readonly Place[]): void {
  const artifact = Number(stack[2]?.key);
  if (stack.length === 3) {
    if (element.key !== 'general' && !LISTS.has(String(element.key))) letGo(element);
    return;
  }
  const list = String(stack[3]?.key);
  if (!LISTS.has(list)) return;
  const mine = (all[artifact] ??= { vulnerabilities: [], licenses: [] });
  const field = `artifacts.${artifact}.${list}.${String(element.key)}`;
  if (list === 'licenses') mine.licenses.push(licenseOf(held(LicenseDto, field, element.value)));
  else {
    const issue = held(IssueDto, field, element.value);
    if (isSecurity(issue)) mine.vulnerabilities.push(vulnerabilityOf(issue));
  }
  letGo(element);
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
