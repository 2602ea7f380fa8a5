// The truth table of docs/policy.md, read as the input of a test: a row is a set of policies and exceptions, in words.
import { readFileSync } from 'node:fs';
import type {
  Action,
  ClusterXrayPolicySpec,
  PolicyRules,
  Source,
  XrayExceptionSpec,
} from '../../src/api/v1alpha1/types.js';
import type { Exception } from '../../src/evaluate/exception.js';
import type { Policy } from '../../src/evaluate/policy.js';
import { licenseNamed, type Vulnerability } from '../../src/scan/finding.js';
import type { Knowledge } from '../../src/scan/knowledge.js';
import { aClusterPolicy, aDigest, after, anException, aPolicy, aVulnerability, now, scanned } from './builders.js';

export interface Row {
  readonly rule: string;
  readonly image: string;
  readonly policies: readonly Policy[];
  readonly exceptions: readonly Exception[];
  readonly verdict: string;
  readonly action: string;
  readonly violates: string;
  readonly waivedOf: string;
}

const COLUMNS = 10;
const DAY = 86_400_000;

type Scanned = Extract<Knowledge, { state: 'scanned' }>;

/** @throws Error where a row or a cell is not understood: words that mean nothing to the test must not stand in the table */
export function truthTable(): readonly Row[] {
  const text = readFileSync('docs/policy.md', 'utf8');
  const [, table = ''] = /<!-- truth table: begin -->\n(.*?)<!-- truth table: end -->/s.exec(text) ?? [];
  return table.trim().split('\n').slice(2).map(rowOf);
}

function rowOf(line: string): Row {
  const cells = line
    .split('|')
    .slice(1, -1)
    .map((cell) => cell.trim());
  if (cells.length !== COLUMNS) throw new Error(`not a row of ${COLUMNS} cells: ${line}`);
  const cell = (column: number): string => cells[column] ?? '';
  return {
    rule: cell(0),
    image: cell(1),
    policies: [
      ...several(cell(2)).map((words, i) => aClusterPolicy({ tier: 'Required', ...policyOf(words) }, `required-${i}`)),
      ...several(cell(3)).map((words, i) => aClusterPolicy({ tier: 'Default', ...policyOf(words) }, `default-${i}`)),
      ...several(cell(4)).map((words, i) => aPolicy(policyOf(words), `team-${i}`)),
    ],
    exceptions: several(cell(5)).map((words, i) => exceptionOf(words, `exception-${i}`)),
    verdict: cell(6),
    action: cell(7),
    violates: cell(8),
    waivedOf: cell(9),
  };
}

function several(cell: string): readonly string[] {
  return cell === '' ? [] : cell.split(' + ');
}

interface PolicyWords {
  rule: 'unscanned' | 'security' | 'license';
  mode: 'Enforce' | 'Audit';
  rest: Partial<ClusterXrayPolicySpec>;
  gracePeriod: string;
  maxScanAge: string | undefined;
  source: Source;
  ignoredVulnerabilities: string[];
}

const policyWords: Record<string, (said: PolicyWords, amount: string) => unknown> = {
  audit: (said) => (said.mode = 'Audit'),
  'license only': (said) => (said.rule = 'license'),
  'unscanned only': (said) => (said.rule = 'unscanned'),
  'other workloads': (said) => (said.rest = { ...said.rest, workloadSelector: { matchLabels: { app: 'other' } } }),
  'other namespaces': (said) => (said.rest = { ...said.rest, namespaceSelector: { matchLabels: { team: 'other' } } }),
  'exceptions forbidden': (said) => (said.rest = { ...said.rest, exceptions: 'Forbidden' }),
  'exceptions up to': (said, amount) => (said.rest = { ...said.rest, maxExceptionDuration: amount }),
  grace: (said, amount) => (said.gracePeriod = amount),
  'scan up to': (said, amount) => (said.maxScanAge = amount),
  'raised only': (said) => (said.source = 'Violations'),
  'ignores the CVE': (said) => (said.ignoredVulnerabilities = ['CVE-2026-0001']),
};

function policyOf(cell: string): PolicyRules & Partial<ClusterXrayPolicySpec> {
  const [action = '', ...words] = cell.split(', ');
  const said: PolicyWords = {
    rule: 'security',
    mode: 'Enforce',
    rest: {},
    gracePeriod: '0s',
    maxScanAge: undefined,
    source: 'Findings',
    ignoredVulnerabilities: [],
  };
  for (const word of words) {
    const [, name = word, amount = ''] = /^(.*?) ?(\d+[a-z]+)?$/.exec(word) ?? [];
    known(policyWords, name)(said, amount);
  }
  const actions = { deployments: known(ACTIONS, action) };
  const { gracePeriod, maxScanAge, source, ignoredVulnerabilities } = said;
  const rules = {
    unscanned: { gracePeriod, actions, ...(maxScanAge === undefined ? {} : { maxScanAge }) },
    security: { gracePeriod, source, ignoredVulnerabilities, actions },
    license: { denied: ['AGPL-3.0-*'], source, actions },
  };
  return { mode: said.mode, ...said.rest, [said.rule]: rules[said.rule] };
}

const ACTIONS: Record<string, Action> = { Ignore: 'Ignore', ScaleDown: 'ScaleDown', Delete: 'Delete' };

const exempts: Record<string, Partial<XrayExceptionSpec>> = {
  'the CVE': { vulnerabilities: ['CVE-2026-0001'] },
  'another CVE': { vulnerabilities: ['CVE-2026-9999'] },
  'both CVEs': { vulnerabilities: ['CVE-2026-0001', 'CVE-2026-0002'] },
  'the Xray id': { vulnerabilities: ['XRAY-1'] },
  'the license': { licenses: ['AGPL-3.0-only'] },
  'no scan': { unscanned: true },
};

const limits: Record<string, Partial<XrayExceptionSpec>> = {
  'other workload': { workloads: [{ kind: 'StatefulSet', name: 'web' }] },
  'other labels': { workloadSelector: { matchLabels: { app: 'other' } } },
  'other image': { images: ['shop/other:*'] },
  'its digest': { images: [aDigest()] },
  'other namespace': {},
};

function exceptionOf(cell: string, name: string): Exception {
  const [what = '', time = '', limit] = cell.split(', ');
  const spec = { ...known(exempts, what), ...(limit === undefined ? {} : known(limits, limit)) };
  const namespace = limit === 'other namespace' ? 'other' : 'shop';
  const [, days] = /^(\d+)d$/.exec(time) ?? [];
  if (days !== undefined) {
    const expiresAt = after(Number(days) * DAY).toISOString();
    return anException({ ...spec, expiresAt }, { name, namespace });
  }
  const leftMs = known({ 'ended now': 0, '1ms left': 1 }, time);
  return anException({ ...spec, expiresAt: after(leftMs).toISOString() }, { name, namespace, created: after(-DAY) });
}

const images: Record<string, Knowledge> = {
  clean: scanned(),
  'critical CVE': scanned([aVulnerability()]),
  'two CVEs': scanned([aVulnerability({ cves: ['CVE-2026-0001', 'CVE-2026-0002'] })]),
  'malicious package': scanned([aVulnerability({ malicious: true })]),
  'AGPL license': scanned([], ['AGPL-3.0-only']),
  'critical CVE and AGPL license': scanned([aVulnerability()], ['AGPL-3.0-only']),
  'raised critical CVE': raised([aVulnerability()], ['XRAY-1']),
  'critical CVE that Xray did not raise': raised([aVulnerability()], []),
  'critical CVE, unclear whether raised': notKnown(scanned([aVulnerability()])),
  'clean, unclear whether raised': notKnown(scanned()),
  'malicious package, unclear whether raised': notKnown(scanned([aVulnerability({ malicious: true })])),
  'raised AGPL license': raised([], [], ['AGPL-3.0-only']),
  'AGPL license that Xray did not raise': raised([], [], [], ['AGPL-3.0-only']),
  'raised MIT license': raised([], [], ['MIT']),
  'clean, forgotten 89d ago': forgotten(89),
  'clean, forgotten 90d ago': forgotten(90),
  'clean, last heard of 90d ago': { ...scanned(), at: after(-90 * DAY), stale: 'HTTP 503' },
  'no scan': { state: 'unscanned', at: now },
  'Xray down': { state: 'unavailable', why: 'HTTP 503' },
};

function raised(
  vulnerabilities: readonly Vulnerability[],
  ids: readonly string[],
  licenses: readonly string[] = [],
  found: readonly string[] = licenses,
): Scanned {
  const { facts, ...rest } = scanned(vulnerabilities, found);
  const known = { known: true, vulnerabilities: ids, licenses: licenses.map(licenseNamed) } as const;
  return { ...rest, facts: { ...facts, raised: known } };
}

function notKnown({ facts, ...rest }: Scanned): Scanned {
  return { ...rest, facts: { ...facts, raised: { known: false, why: 'HTTP 403' } } };
}

function forgotten(days: number): Scanned {
  return { ...scanned(), at: after(-days * DAY), stale: 'Xray no longer has data of it', isForgotten: true };
}

export interface ImageOfRow {
  readonly knowledge: Knowledge;
  readonly firstSeen: Date;
}

export function imageOf({ image }: Row): ImageOfRow {
  const [, what = image, minutes = '0'] = /^(.*?)(?:, seen (\d+)m ago)?$/.exec(image) ?? [];
  return { knowledge: known(images, what), firstSeen: after(-Number(minutes) * 60_000) };
}

function known<T>(words: Readonly<Record<string, T>>, word: string): T {
  const found = words[word];
  if (found === undefined) throw new Error(`the truth table says "${word}", which its test does not know`);
  return found;
}
