// Refuses a lock file with a package in it that must not be shipped; a part of `make lint`.
import { readFileSync } from 'node:fs';
import { type LockedPackage, refusedLicenses } from './licenses.js';

// eslint-disable-next-line @typescript-eslint/no-unsafe-type-assertion -- npm's own file
const lock = JSON.parse(readFileSync('package-lock.json', 'utf8')) as { packages: Record<string, LockedPackage> };
const refused = refusedLicenses(lock.packages);
if (refused.length > 0) process.stderr.write(`licenses that are not on the list:\n  ${refused.join('\n  ')}\n`);
process.exitCode = refused.length > 0 ? 1 : 0;
