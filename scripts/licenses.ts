// Which packages must not be shipped: each that is not for development only is under a license of this list, or leaves the
// choice of one, by the operator's own reading of license expressions. Asked by check-licenses.ts.
import { isAcceptable, licenseExpression } from '../src/scan/license-expression.js';

/** What asks for no more than to be named; CC-BY-3.0 is that of a list of names (spdx-exceptions). */
const ALLOWED = new Set([
  ...['0BSD', 'Apache-2.0', 'BlueOak-1.0.0', 'BSD-2-Clause', 'BSD-3-Clause', 'CC-BY-3.0', 'CC0-1.0', 'ISC', 'MIT'],
  ...['PSF-2.0', 'Unlicense'],
]);

export interface LockedPackage {
  readonly license?: string;
  readonly dev?: boolean;
  readonly devOptional?: boolean;
  /** A workspace, which has an entry of its own. */
  readonly link?: boolean;
}

/** @returns one line for each package that is not allowed. @param packages place → package, of package-lock.json */
export function refusedLicenses(packages: Readonly<Record<string, LockedPackage>>): readonly string[] {
  return Object.entries(packages)
    .filter(([, { dev = false, devOptional = false, link = false }]) => !dev && !devOptional && !link)
    .filter(([, { license = '' }]) => !isAllowed(license))
    .map(([place, { license = 'none that it names' }]) => `${place}: ${license}`);
}

function isAllowed(license: string): boolean {
  return isAcceptable(licenseExpression(license), (names) => names.some((name) => ALLOWED.has(name)));
}
