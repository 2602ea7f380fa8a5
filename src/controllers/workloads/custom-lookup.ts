// controllers: looks a workload of a custom kind up in the API server, and finds out whether it stands below another one.
import { type DiscoveringClient, readCustom } from '../../observe/custom-workloads.js';
import type { OwnerReference } from '../../observe/observed.js';
import type { Sighted } from '../../workload/assemble.js';
import { workloadKey, type WorkloadRef } from '../../workload/workload.js';
import type { CustomOwners } from './custom-owners.js';

type NamedRef = Omit<WorkloadRef, 'uid'>;

export interface CustomLookupPorts {
  readonly client: DiscoveringClient;
  readonly owners: CustomOwners;
  readonly judgeAgain: (key: string) => void;
}

export class CustomLookup {
  readonly #ports: CustomLookupPorts;

  constructor(ports: CustomLookupPorts) {
    this.#ports = ports;
  }

  /**
   * @param sighted what the caches have of it
   * @returns undefined where it is gone, or stands below another
   * @throws KubeApiError where the API server can't be asked
   */
  async sight(ref: NamedRef, sighted: Sighted, signal: AbortSignal): Promise<Sighted | undefined> {
    const { client, owners, judgeAgain } = this.#ports;
    const found = await readCustom(ref, client, signal);
    if (found.kind === 'unreadable') return { ...sighted, untouchable: found.why };
    if (found.kind === 'gone') {
      owners.remove(ref);
      return undefined;
    }
    const { target, owner } = found;
    if (owner !== undefined && (await this.#canBeStopped(ref.namespace, owner, signal))) {
      owners.put(ref, target.uid, owner);
      judgeAgain(workloadKey({ ...owner, namespace: ref.namespace }));
      return undefined;
    }
    owners.remove(ref);
    return { ...sighted, target };
  }

  /** One that can't be read, or that has no replicas, leaves it to what stands below it. */
  async #canBeStopped(namespace: string, owner: OwnerReference, signal: AbortSignal): Promise<boolean> {
    const { apiVersion, kind, name, uid } = owner;
    const above = await readCustom({ apiVersion, kind, namespace, name }, this.#ports.client, signal);
    return above.kind === 'found' && above.target.uid === uid && above.target.stop.by === 'replicas';
  }
}
