// queue: how long a key that failed waits: slower for each failure of its own, and all keys together no faster than a
// bucket allows, so that a broken dependency is not stormed by ten thousand keys at once.

export interface RateLimiter {
  /** Notes one more failure. @returns how long the key has to wait, in milliseconds */
  failed(key: string): number;
  forget(key: string): void;
}

export interface BackOffOptions {
  /** After the first failure; 5 ms by default, as in client-go. */
  readonly baseMs?: number;
  /** 1000 s by default, as in client-go. */
  readonly maxMs?: number;
}

export interface BucketOptions {
  /** 10 by default, as in client-go. */
  readonly perSecond?: number;
  /** 100 by default, as in client-go. */
  readonly burst?: number;
}

/** `baseMs · 2^n` up to `maxMs` for each key. */
export function exponentialBackOff({ baseMs = 5, maxMs = 1_000_000 }: BackOffOptions = {}): RateLimiter {
  const failures = new Map<string, number>();
  return {
    failed: (key) => {
      const before = failures.get(key) ?? 0;
      failures.set(key, before + 1);
      return Math.min(baseMs * 2 ** before, maxMs);
    },
    forget: (key) => {
      failures.delete(key);
    },
  };
}

/** Gives out `perSecond` tokens, up to `burst` at once; who comes later waits for the token that was promised to him. */
export class TokenBucket {
  readonly #perMs: number;
  readonly #burst: number;
  readonly #monotonicMs: () => number;
  #tokens: number;
  #atMs: number;

  constructor({ perSecond = 10, burst = 100 }: BucketOptions, monotonicMs: () => number) {
    this.#perMs = perSecond / 1_000;
    this.#burst = burst;
    this.#monotonicMs = monotonicMs;
    this.#tokens = burst;
    this.#atMs = monotonicMs();
  }

  /** @returns how long until the token that is now taken is there */
  reserve(): number {
    this.#fill();
    this.#tokens--;
    return this.#tokens >= 0 ? 0 : -this.#tokens / this.#perMs;
  }

  /** @returns false where none is there now; nothing is taken then */
  take(): boolean {
    this.#fill();
    if (this.#tokens < 1) return false;
    this.#tokens--;
    return true;
  }

  #fill(): void {
    const nowMs = this.#monotonicMs();
    this.#tokens = Math.min(this.#burst, this.#tokens + (nowMs - this.#atMs) * this.#perMs);
    this.#atMs = nowMs;
  }
}

export interface RetryLimits {
  readonly backOff?: BackOffOptions;
  readonly bucket?: BucketOptions;
}

const JITTER = 0.1; // keys that failed together do not come back together

/** The longer of the key's own wait and the bucket's, plus up to 10 % at random. */
export function retryLimiter(limits: RetryLimits, monotonicMs: () => number, random: () => number): RateLimiter {
  const ofKey = exponentialBackOff(limits.backOff);
  const bucket = new TokenBucket(limits.bucket ?? {}, monotonicMs);
  return {
    failed: (key) => Math.max(ofKey.failed(key), bucket.reserve()) * (1 + random() * JITTER),
    forget: (key) => {
      ofKey.forget(key);
    },
  };
}
