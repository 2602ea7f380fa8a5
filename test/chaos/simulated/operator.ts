// chaos/simulated: the operator itself, whole and real, as one of its processes. Only sockets and clocks are played.
import { KubeClient, type Logger, Manager } from '@dot-kube/operator';
import { readSettings } from '../../../src/config/settings.js';
import { declareOperator } from '../../../src/controllers/operator.js';
import { XrayClient } from '../../../src/scan/xray/xray-client.js';
import type { Brake } from '../model/invariants.js';
import type { Random } from '../story/random.js';
import type { ApiServer } from './api-server.js';
import { Carrier } from './carrier.js';
import { ProcessClock, type SimulatedTime } from './time.js';
import type { SimulatedXray } from './xray.js';

export const OPERATOR_NAMESPACE = 'kubexray-system';

export interface Surroundings {
  readonly time: SimulatedTime;
  readonly random: Random;
  readonly api: ApiServer;
  readonly xray: SimulatedXray;
  readonly protectedNamespaces: readonly string[];
  /** None: everything may be stopped at once. */
  readonly brake: Brake | undefined;
  readonly logOf: (identity: string) => Logger;
}

export class OperatorProcess {
  readonly #stop = new AbortController();
  readonly #clock: ProcessClock;
  readonly #carrier: Carrier;
  readonly #surroundings: Surroundings;
  #isAlive = true;
  #isToldToEnd = false;
  /** Resolves when nothing of it is left. */
  readonly ended: Promise<void>;

  /** @param onEnd it ended although nobody told it to */
  constructor(surroundings: Surroundings, identity: string, onEnd: (why: unknown) => void) {
    this.#surroundings = surroundings;
    this.#clock = new ProcessClock(surroundings.time);
    this.#carrier = new Carrier(
      surroundings.api.server(() => this.#isAlive),
      this.#clock,
    );
    this.ended = this.#run(identity).then(
      () => {
        if (!this.#isToldToEnd) onEnd('without a word');
      },
      (error: unknown) => {
        if (!this.#isToldToEnd) onEnd(error);
      },
    );
  }

  /** SIGTERM. */
  stop(): void {
    this.#isToldToEnd = true;
    this.#clock.whenAwake(() => {
      this.#stop.abort(new Error('told to stop'));
    });
  }

  /** SIGKILL: what it has sent may arrive; nothing else comes of it. */
  kill(): void {
    this.#isAlive = false;
    this.#isToldToEnd = true;
    this.#carrier.kill();
    this.#stop.abort(new Error('killed'));
    this.#clock.thaw(); // what is left of it here unwinds, and reaches nobody
  }

  /** SIGSTOP. */
  freeze(): void {
    this.#clock.freeze();
  }

  /** SIGCONT. */
  thaw(): void {
    this.#clock.thaw();
  }

  async #run(identity: string): Promise<void> {
    const { random, xray, protectedNamespaces, brake, logOf } = this.#surroundings;
    const clock = this.#clock;
    const client = await KubeClient.from(KUBECONFIG, { clock, random: random.next, carrier: this.#carrier });
    const manager = new Manager({
      client,
      log: logOf(identity),
      clock,
      random: random.next,
      name: 'kubexray.io/operator',
      instance: identity,
      leaderElection: { name: 'kubexray-operator', namespace: OPERATOR_NAMESPACE, identity },
    });
    const { sharePercent, floor } = brake ?? { sharePercent: 100, floor: 10 };
    const limits = ['--brake-share', String(sharePercent), '--brake-floor', String(floor)];
    const args = [...limits, '--protected-namespaces', ['kube-system', ...protectedNamespaces].join(',')];
    const { receiveHooks } = declareOperator({
      manager,
      clock,
      settings: readSettings(args, { POD_NAMESPACE: OPERATOR_NAMESPACE }),
      openXray: (options) =>
        new XrayClient(options, { clock, random: random.next, carrier: new Carrier(xray.server, clock) }),
    });
    try {
      await Promise.all([manager.start(this.#stop.signal), receiveHooks(this.#stop.signal)]);
    } finally {
      this.#stop.abort(new Error('over'));
      await client.close();
    }
  }
}

const KUBECONFIG = {
  getCurrentCluster: () => ({ server: 'http://api-server' }),
  applyToHTTPSOptions: async (): Promise<void> => undefined,
};
