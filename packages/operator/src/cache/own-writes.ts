// cache: remembers what of a store is there because we wrote it, and not because the watch has brought it. The watch
// brings it too, later; that echo is no news. But what somebody else changed between what we knew and what we wrote is
// in our answer already, and comes to light only by its own event, which the store has to take for what it is.
import { isOlder } from './version.js';

interface Ahead<T> {
  /** The last of which nobody else can have changed anything without being heard of. */
  readonly before: T;
  /** The store had it; else it is what came of our first write, by which we made it, or changed what somebody else had made. */
  readonly wasThere: boolean;
  readonly versions: Set<string>;
}

interface Versioned {
  readonly resourceVersion: string;
}

export class OwnWrites<T extends Versioned> {
  readonly #ahead = new Map<string, Ahead<T>>();

  /** @param old what the store had */
  wrote(key: string, written: T, old: T | undefined): void {
    const { resourceVersion } = written;
    const known = this.#ahead.get(key);
    if (known !== undefined) known.versions.add(resourceVersion);
    else
      this.#ahead.set(key, {
        before: old ?? written,
        wasThere: old !== undefined,
        versions: new Set([resourceVersion]),
      });
  }

  /**
   * The watch brought a version that is older than ours.
   *
   * @returns what was known before, be it nothing, where somebody else made that version after it: told once, however many there are
   */
  foreign(key: string, version: string): { readonly before: T | undefined } | undefined {
    const ahead = this.#ahead.get(key);
    if (ahead === undefined || ahead.versions.has(version)) return undefined;
    const isLater = isOlder(ahead.before.resourceVersion, version);
    if (!isLater && ahead.wasThere) return undefined;
    this.#ahead.delete(key);
    return { before: isLater ? ahead.before : undefined };
  }

  /**
   * The watch, or a list, brought our version, or a newer one.
   *
   * @param isListed by a list, which tells nothing of what came before that version
   * @returns what was known before, where it is not sure that nobody else changed it meanwhile
   */
  caughtUp(key: string, version: string, isListed: boolean): T | undefined {
    const ahead = this.#ahead.get(key);
    if (ahead === undefined) return undefined;
    this.#ahead.delete(key);
    return ahead.versions.has(version) && !isListed ? undefined : ahead.before;
  }

  forget(key: string): void {
    this.#ahead.delete(key);
  }
}
