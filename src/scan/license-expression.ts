// scan: what the name of a license means: one license, or several under AND and OR (SPDX specification, annex D). Pure.
import parseSpdx, { type ConjunctionInfo, type LicenseInfo } from 'spdx-expression-parse';
import spdxIds from 'spdx-license-ids/index.json' with { type: 'json' };
import spdxDeprecated from 'spdx-license-ids/deprecated.json' with { type: 'json' };

/** One license under each name that a policy may give it: as Xray says it, and as SPDX says it today. */
export type LicenseNames = readonly string[];

export type LicenseExpression =
  | { readonly kind: 'license'; readonly names: LicenseNames }
  /** `and`: all of them bind. `or`: whoever uses it chooses one. */
  | { readonly kind: 'and' | 'or'; readonly left: LicenseExpression; readonly right: LicenseExpression };

/** `A OR B` is acceptable if one is, `A AND B` only if both are. */
export function isAcceptable(expression: LicenseExpression, accepts: (names: LicenseNames) => boolean): boolean {
  switch (expression.kind) {
    case 'license':
      return accepts(expression.names);
    case 'or':
      return isAcceptable(expression.left, accepts) || isAcceptable(expression.right, accepts);
    case 'and':
      return isAcceptable(expression.left, accepts) && isAcceptable(expression.right, accepts);
  }
}

/** What is neither an SPDX expression nor known under another name is a license of its own, under that name. */
export function licenseExpression(name: string): LicenseExpression {
  const trimmed = name.trim();
  const spdx = jfrogNames.get(trimmed.toLowerCase()) ?? trimmed;
  const parsed = parsedSpdx(spdx);
  if (parsed === undefined) return { kind: 'license', names: [trimmed] };
  const expression = fromSpdx(parsed);
  return expression.kind === 'license'
    ? { kind: 'license', names: distinct([trimmed, ...expression.names]) }
    : expression;
}

// An SPDX id is told without regard to case, and so is its operator in Xray's data; the parser wants both exactly.
const idByLowerCase = new Map([...spdxIds, ...spdxDeprecated].map((id) => [id.toLowerCase(), id]));
const WORD = /[A-Za-z0-9.\-:]+/g;
const OPERATORS = new Set(['AND', 'OR', 'WITH']);
const LONGEST_EXPRESSION = 1_000; // the parser recurses

function parsedSpdx(text: string): LicenseInfo | ConjunctionInfo | undefined {
  if (text.length > LONGEST_EXPRESSION) return undefined;
  const written = text.replaceAll(WORD, (word) => {
    const upper = word.toUpperCase();
    return OPERATORS.has(upper) ? upper : (idByLowerCase.get(word.toLowerCase()) ?? word);
  });
  try {
    return parseSpdx(written);
  } catch {
    return undefined; // a license that SPDX does not list is nothing wrong
  }
}

function fromSpdx(info: LicenseInfo | ConjunctionInfo): LicenseExpression {
  if ('conjunction' in info) return { kind: info.conjunction, left: fromSpdx(info.left), right: fromSpdx(info.right) };
  const { license, plus = false, exception } = info;
  const suffix = exception === undefined ? '' : ` WITH ${exception}`;
  const written = `${license}${plus ? '+' : ''}${suffix}`;
  return { kind: 'license', names: distinct([written, todaysId(license, plus) + suffix]) };
}

// The GNU licenses' ids without "-only" and "-or-later" are deprecated since version 3.0 of the SPDX license list.
const GNU = /^((?:A|L)?GPL-\d\.\d|GFDL-1\.\d)(-or-later|-only)?$/;

function todaysId(license: string, plus: boolean): string {
  const [, base, kind] = GNU.exec(license) ?? [];
  if (base === undefined) return plus ? `${license}+` : license;
  return base + (plus ? '-or-later' : (kind ?? '-only'));
}

function distinct(names: readonly string[]): LicenseNames {
  return [...new Set(names)];
}

// JFrog's own short names (its list of licenses, as used by Bintray, Artifactory and Xray) for licenses that SPDX lists.
// Names that stand for more than one license ("BSD") or for none ("Public Domain") are not in here.
const jfrogNames: ReadonlyMap<string, string> = new Map([
  ['artistic-license-2.0', 'Artistic-2.0'],
  ['attribution', 'AAL'],
  ['bsd 2-clause', 'BSD-2-Clause'],
  ['bsd simplified', 'BSD-2-Clause'],
  ['bsd 3-clause', 'BSD-3-Clause'],
  ['bsd new', 'BSD-3-Clause'],
  ['ca-tosl-1.1', 'CATOSL-1.1'],
  ['cuaoffice-1.0', 'CUA-OPL-1.0'],
  ['ecl2', 'ECL-2.0'],
  ['eiffel-2.0', 'EFL-2.0'],
  ['eclipse-1.0', 'EPL-1.0'],
  ['eclipse-2.0', 'EPL-2.0'],
  ['gpl-2.0+ce', 'GPL-2.0-only WITH Classpath-exception-2.0'],
  ['historical', 'HPND'],
  ['ibmpl-1.0', 'IPL-1.0'],
  ['ipafont-1.0', 'IPA'],
  ['lucent-1.02', 'LPL-1.02'],
  ['motosoto-0.9.1', 'Motosoto'],
  ['mozilla-1.1', 'MPL-1.1'],
  ['nethack', 'NGPL'],
  ['nokia-1.0a', 'Nokia'],
  ['openfont-1.1', 'OFL-1.1'],
  ['opengroup', 'OGTSL'],
  ['qtpl-1.0', 'QPL-1.0'],
  ['real-1.0', 'RPSL-1.0'],
  ['ricohpl', 'RSCPL'],
  ['sunpublic-1.0', 'SPL-1.0'],
  ['sybase-1.0', 'Watcom-1.0'],
  ['uoi-ncsa', 'NCSA'],
  ['vim license', 'Vim'],
  ['vovidapl-1.0', 'VSL-1.0'],
]);
