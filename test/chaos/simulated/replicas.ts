// chaos/simulated: the replicas of the operator, each started again whenever it ends, as pods are.
import type { Random } from '../story/random.js';
import type { Misfortune } from '../story/world.js';
import { OPERATOR_NAMESPACE, OperatorProcess, type Surroundings } from './operator.js';
import { isObject } from './objects.js';
import type { ObjectStore } from './store.js';

const RESTART_MS = 1_000;

interface Replica {
  process: OperatorProcess | undefined;
  identity: string;
}

export interface ReplicasPorts {
  readonly count: number;
  readonly store: ObjectStore;
  readonly random: Random;
  readonly surroundings: Surroundings;
  readonly note: (text: string) => void;
}

export class Replicas {
  readonly #ports: ReplicasPorts;
  readonly #replicas: readonly Replica[];
  readonly #all: OperatorProcess[] = [];
  #starts = 0;

  constructor(ports: ReplicasPorts) {
    this.#ports = ports;
    this.#replicas = Array.from({ length: ports.count }, () => ({ process: undefined, identity: '' }));
  }

  start(): void {
    for (const replica of this.#replicas) this.#start(replica, 0);
  }

  /** Mostly the one that leads: what befalls the other is little to look at. */
  befalls(step: Extract<Misfortune, { readonly do: `${string} operator` }>): void {
    const replica = this.#oneOf();
    const { process, identity } = replica;
    this.#ports.note(`${step.do} ${identity}`);
    switch (step.do) {
      case 'kill operator':
        process?.kill();
        this.#start(replica, step.downForMs);
        return;
      case 'stop operator':
        process?.stop();
        this.#start(replica, step.downForMs);
        return;
      case 'freeze operator':
        process?.freeze();
        this.#ports.surroundings.time.after(step.forMs, () => process?.thaw());
    }
  }

  kill(): void {
    for (const process of this.#all) {
      process.thaw();
      process.kill();
    }
  }

  async ended(): Promise<void> {
    await Promise.all(this.#all.map(async ({ ended }) => ended));
  }

  #oneOf(): Replica {
    const { store, random } = this.#ports;
    const lease = store.get({ plural: 'leases' }, { namespace: OPERATOR_NAMESPACE, name: 'kubexray-operator' });
    const holder = isObject(lease?.spec) ? lease.spec['holderIdentity'] : undefined;
    const leader = this.#replicas.find(({ identity }) => identity === holder);
    if (this.#replicas.length === 1) return random.one(this.#replicas);
    return leader !== undefined && random.chance(0.8) ? leader : random.one(this.#replicas);
  }

  #start(replica: Replica, afterMs: number): void {
    const { surroundings, note } = this.#ports;
    const identity = `replica-${++this.#starts}`;
    replica.identity = identity;
    replica.process = undefined;
    surroundings.time.after(afterMs, () => {
      if (replica.identity !== identity) return; // it was told to start again meanwhile
      replica.process = new OperatorProcess(surroundings, identity, (why) => {
        note(`${identity} ended: ${why instanceof Error ? why.message : String(why)}`);
        if (replica.identity === identity) this.#start(replica, RESTART_MS);
      });
      this.#all.push(replica.process);
    });
  }
}
