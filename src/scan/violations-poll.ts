// scan: asks Xray from time to time which violations are new, and says which images are to be looked at again.
import type { ScanStore } from './store.js';
import { digestInPath, imageFolder } from './artifact-path.js';
import { advance, type Cursor, firstCursor, followed } from './violations-cursor.js';
import type { RaisedViolation } from './xray/violation.js';
import type { XrayClient } from './xray/xray-client.js';

const PAGE_SIZE = 100;
const MAX_PAGES = 50;
/** Facts that were asked for so long after a violation was raised hold its cause. */
const SETTLED_AFTER_MS = 60_000;

export type ViolationsSource = Pick<XrayClient, 'violations' | 'serverNow'>;

export class ViolationsPoll {
  readonly #xray: ViolationsSource;
  readonly #store: ScanStore;
  readonly #now: () => Date;
  #cursor: Cursor | undefined;

  constructor(xray: ViolationsSource, store: ScanStore, now: () => Date) {
    this.#xray = xray;
    this.#store = store;
    this.#now = now;
  }

  /**
   * One look. One request while nothing happens; more only for what is new.
   *
   * @returns how many images are asked about again @throws XrayError; what was listed until then is not lost
   */
  async look(signal: AbortSignal): Promise<number> {
    const serverNow = this.#xray.serverNow();
    const offsetMs = serverNow.getTime() - this.#now().getTime();
    const cursor = this.#cursor === undefined ? firstCursor(serverNow) : followed(this.#cursor, serverNow);
    this.#cursor = cursor; // what is raised from here on is asked for until it was listed
    const listed = await this.#list(cursor.since, signal);
    const { cursor: next, fresh } = advance(cursor, listed.violations, serverNow);
    // Too many to read: the images themselves are asked about instead.
    const hinted = listed.isWhole
      ? fresh.map((violation) => this.#hint(violation, offsetMs))
      : [this.#store.hint(this.#store.asked().map(({ digest }) => digest))];
    this.#cursor = next;
    return hinted.reduce((sum, count) => sum + count, 0);
  }

  async #list(
    createdFrom: Date,
    signal: AbortSignal,
  ): Promise<{ readonly violations: readonly RaisedViolation[]; readonly isWhole: boolean }> {
    const violations: RaisedViolation[] = [];
    for (let page = 1; page <= MAX_PAGES; page++) {
      const found = await this.#xray.violations({ createdFrom, page, pageSize: PAGE_SIZE }, signal);
      violations.push(...found);
      if (found.length < PAGE_SIZE) return { violations, isWhole: true };
    }
    return { violations, isWhole: false };
  }

  #hint({ paths, created, finding }: RaisedViolation, offsetMs: number): number {
    const digests = new Set(
      paths.flatMap((path) => [...this.#store.at(imageFolder(path)), digestInPath(path) ?? []].flat()),
    );
    const changedAt = created && new Date(created.getTime() - offsetMs + SETTLED_AFTER_MS);
    // The facts of an image may be newer than a violation and still not know that it was raised: Xray lists it with a delay.
    const unaware = [...digests].filter((digest) => this.#store.isUnawareOf(digest, finding));
    return this.#store.hint(unaware) + this.#store.hint(digests.difference(new Set(unaware)), changedAt);
  }
}
