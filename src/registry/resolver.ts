// registry: tells what a digest stands for. What a digest stands for never changes, so an answer is kept; a refusal only for a
// while, and only for those whom it was given to.
import type { Clock } from '@dot-kube/operator';
import type { Digest } from '../workload/digest.js';
import type { Puller } from '../workload/workload.js';
import { credentialsFor, type RegistryCredentials } from './docker-config.js';
import { manifestsFor } from './platform.js';
import { type ImageReference, parseReference } from './reference.js';
import { type Manifest, type RegistryClient, RegistryError } from './registry-client.js';
import type { LookUp, Resolution } from './resolution.js';

export interface ResolverPorts {
  readonly registry: Pick<RegistryClient, 'manifest'>;
  /** What a puller's secrets hold, as far as they may be read. */
  readonly credentialsOf: (puller: Puller, signal: AbortSignal) => Promise<readonly RegistryCredentials[]>;
  readonly clock: Clock;
}

const REFUSAL_KEPT_MS = 5 * 60_000;
const MAX_KEPT = 20_000;
const MAX_REFERENCES = 3;

interface Refusal {
  readonly why: string;
  readonly untilMs: number;
}

export class Resolver {
  readonly #ports: ResolverPorts;
  readonly #known = new Map<Digest, Manifest>();
  /** By who asks for what: another may show other credentials, or at another place. */
  readonly #refused = new Map<string, Refusal>();
  readonly #asking = new Map<string, Promise<Manifest>>();

  constructor(ports: ResolverPorts) {
    this.#ports = ports;
  }

  async resolve(image: LookUp, signal: AbortSignal): Promise<Resolution> {
    try {
      const manifest = await this.#manifest(image, signal);
      if (manifest.kind === 'image') return manifest;
      return { kind: 'index', manifests: manifestsFor(manifest.entries, image.platforms) };
    } catch (error) {
      signal.throwIfAborted();
      const why = error instanceof Error ? error.message : String(error);
      return { kind: 'unknown', why: `Xray does not know this digest, and ${why}` };
    }
  }

  async #manifest(image: LookUp, signal: AbortSignal): Promise<Manifest> {
    const { digest } = image;
    const known = this.#known.get(digest);
    if (known !== undefined) return known;
    const asker = askerOf(image);
    const refused = this.#refused.get(asker);
    if (refused !== undefined && this.#ports.clock.monotonicMs() < refused.untilMs)
      throw new RegistryError(refused.why);
    const underWay = this.#asking.get(asker);
    if (underWay !== undefined) return underWay;
    const asking = this.#ask(image, asker, signal).finally(() => this.#asking.delete(asker));
    this.#asking.set(asker, asking);
    return asking;
  }

  async #ask(image: LookUp, asker: string, signal: AbortSignal): Promise<Manifest> {
    const { digest } = image;
    let why = 'the image names no registry that could be asked what it stands for';
    for (const reference of placesOf(image))
      try {
        const manifest = await this.#ports.registry.manifest(
          reference,
          digest,
          await this.#credentials(reference, image.pullers, signal),
          signal,
        );
        this.#refused.delete(asker);
        keep(this.#known, digest, manifest);
        return manifest;
      } catch (error) {
        if (!(error instanceof RegistryError)) throw error;
        why = error.message;
      }
    keep(this.#refused, asker, { why, untilMs: this.#ports.clock.monotonicMs() + REFUSAL_KEPT_MS });
    throw new RegistryError(why);
  }

  async #credentials(
    reference: ImageReference,
    pullers: readonly Puller[],
    signal: AbortSignal,
  ): Promise<readonly RegistryCredentials[]> {
    const all = await Promise.all(pullers.map(async (puller) => this.#ports.credentialsOf(puller, signal)));
    const mine = credentialsFor(reference, all.flat());
    return [...new Map(mine.map((one) => [`${one.username} ${one.password}`, one])).values()];
  }
}

function placesOf({ references }: LookUp): readonly ImageReference[] {
  return references.flatMap((text) => parseReference(text) ?? []).slice(0, MAX_REFERENCES);
}

function askerOf(image: LookUp): string {
  return JSON.stringify([image.digest, placesOf(image), image.pullers]);
}

// The oldest goes first; asking again costs one request.
function keep<K, V>(kept: Map<K, V>, key: K, value: V): void {
  kept.set(key, value);
  const [oldest] = kept.keys();
  if (kept.size > MAX_KEPT && oldest !== undefined) kept.delete(oldest);
}
