// controllers: brings what a web hook hints at to the replica that asks Xray. The one that leads looks at once; any other writes the
// hint into the status of the XrayConnection, which all of them watch.
import { type Clock, type KubeClient, type Logger } from '@dot-kube/operator';
import { API_VERSION, xrayConnections } from '../../api/v1alpha1/coordinates.js';
import type { Hint } from '../../hook/payload.js';
import { hintText, parseHintText, together } from '../../hook/relayed-hint.js';
import type { Poller } from '../../scan/poller.js';

export interface HintRelayPorts {
  readonly connection: string;
  readonly poller: Pick<Poller, 'isRunning' | 'lookAgain'>;
  /** May write although this replica does not lead: a hint is no act. */
  readonly client: Pick<KubeClient, 'patch'>;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Logger;
}

// Of its own, so that the field outlives what the leader writes of the status.
const FIELD_MANAGER = 'kubexray-operator/hooks';

/** However many hooks come, the connection is written once in this time. */
const SPACING_MS = 1_000;

export class HintRelay {
  readonly #ports: HintRelayPorts;
  #pending: Hint | undefined;
  #lastSeen: string | undefined;
  #wake = Promise.withResolvers<undefined>();

  constructor(ports: HintRelayPorts) {
    this.#ports = ports;
  }

  /** A hook came in on this replica. */
  received(hint: Hint): void {
    const { poller } = this.#ports;
    if (poller.isRunning) {
      poller.lookAgain(hint);
      return;
    }
    this.#pending = together(this.#pending, hint);
    this.#wake.resolve(undefined);
  }

  /** The connection was seen with this hint on it; what was seen before is old. */
  seen(text: string | undefined): void {
    const isNew = text !== undefined && text !== this.#lastSeen;
    this.#lastSeen = text;
    const { poller } = this.#ports;
    if (!isNew || !poller.isRunning) return;
    const hint = parseHintText(text);
    if (hint !== undefined) poller.lookAgain(hint);
  }

  /** Passes on what is pending until `signal` aborts. */
  async run(signal: AbortSignal): Promise<void> {
    const { clock } = this.#ports;
    signal.addEventListener(
      'abort',
      () => {
        this.#wake.resolve(undefined);
      },
      { once: true },
    );
    for (;;) {
      if (signal.aborted) return;
      await this.#wake.promise;
      this.#wake = Promise.withResolvers<undefined>();
      await this.#passOn(signal);
      await Promise.allSettled([clock.sleep(SPACING_MS, signal)]);
    }
  }

  async #passOn(signal: AbortSignal): Promise<void> {
    const hint = this.#pending;
    this.#pending = undefined;
    if (hint === undefined) return;
    try {
      await this.#write(hint, signal);
    } catch (error) {
      // The next poll finds the same: a hint that is lost costs time, nothing else.
      if (!signal.aborted) this.#ports.log.warn('a hint of a web hook could not be passed on', { error });
    }
  }

  async #write(hint: Hint, signal: AbortSignal): Promise<void> {
    const { client, connection, clock, random } = this.#ports;
    const id = `${clock.now().toISOString()} ${random()}`;
    const body = {
      apiVersion: API_VERSION,
      kind: xrayConnections.kind,
      metadata: { name: connection },
      status: { lookAgain: hintText(hint, id) },
    };
    const patch = { type: 'apply', body, subresource: 'status', fieldManager: FIELD_MANAGER, force: true } as const;
    await client.patch(xrayConnections, { namespace: '', name: connection }, patch, { signal });
  }
}
