// chaos/real: what the story does to the API server, done by the proxy between it and the operator.
import { type AskedRequest, type Fault, goneInTheStream, refusal } from '@dot-kube/operator/testing';
import type { Random } from '../story/random.js';
import type { ApiFault } from '../story/world.js';

export class ApiFaults {
  readonly #random: Random;
  readonly #faults = new Set<ApiFault>();
  #breakConnections: () => void = () => undefined;
  /** Resolves when the watches that are open now fall silent. */
  #silence = Promise.withResolvers<undefined>();

  constructor(random: Random) {
    this.#random = random;
  }

  /** Of the proxy that stands in between now. */
  through(breakConnections: () => void): void {
    this.#breakConnections = breakConnections;
  }

  begin(fault: ApiFault, forMs: number): void {
    this.#faults.add(fault);
    setTimeout(() => this.#faults.delete(fault), forMs).unref();
    if (fault.kind === 'watches break' || fault.kind === 'restart' || fault.kind === 'unreachable')
      this.#breakConnections();
    if (fault.kind === 'watches silent') {
      this.#silence.resolve(undefined);
      this.#silence = Promise.withResolvers();
    }
  }

  readonly onRequest = ({ query }: AskedRequest): Fault | undefined => {
    const isWatch = query.get('watch') === 'true';
    const hit = [...this.#faults].filter((fault) => !('share' in fault) || this.#random.chance(fault.share));
    if (hit.some(({ kind }) => kind === 'unreachable' || kind === 'restart')) return { kind: 'unreachable' };
    const refusing = hit.find((fault) => fault.kind === 'status');
    if (refusing?.kind === 'status')
      return refusal(refusing.status, refusing.status === 429 ? 'TooManyRequests' : 'InternalError');
    if (!isWatch) return undefined;
    const isGone = hit.some((fault) => fault.kind === 'watches break' && fault.gone);
    return isGone && query.has('resourceVersion')
      ? goneInTheStream()
      : { kind: 'silence', from: this.#silence.promise };
  };

  /** @throws Error where the answer gets lost */
  readonly onAnswer = ({ method }: { readonly method: string }): void => {
    for (const fault of this.#faults)
      if (fault.kind === 'answers lost' && method !== 'GET' && this.#random.chance(fault.share))
        throw new Error('the answer is lost, as the story wants it');
  };
}
