// scan/xray: issues and licenses that were read before. Images have their bases in common, so most of what comes in has been held
// against its shape already; all images share one object for it.
import { hash } from 'node:crypto';
import type { License, Vulnerability } from '../finding.js';

const CAPACITY = 50_000; // images keep what they have; what is forgotten here is only read once more

type Finding = Vulnerability | License;

export class KnownFindings<T extends Finding> {
  readonly #fields: string[];
  readonly #known = new Map<string, T | undefined>();

  /** @param fields that are read, wherever in it they lie; in all others two of the same may differ */
  constructor(fields: readonly string[]) {
    this.#fields = [...fields];
  }

  /** @param read of one that is new; what it throws is not remembered */
  finding(raw: unknown, read: () => T | undefined): T | undefined {
    const key = hash('sha1', JSON.stringify(raw, this.#fields), 'base64');
    if (this.#known.has(key)) return this.#known.get(key);
    const found = read();
    if (this.#known.size >= CAPACITY) this.#known.clear();
    this.#known.set(key, found);
    return found;
  }
}
