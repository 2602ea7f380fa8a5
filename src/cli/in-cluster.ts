// cli: a command's visit to the cluster, which is left whatever happens; and reading what one may not be allowed to read.
import { isApiError, type ResourceCoordinates } from '@dot-kube/operator';
import type { Given } from './command.js';
import type { Cluster, ClusterChoice, World } from './world.js';

export async function inCluster<T>(given: Given, world: World, work: (cluster: Cluster) => Promise<T>): Promise<T> {
  return visit(given, world.openCluster, work);
}

export async function visit<C extends Pick<Cluster, 'close'>, T>(
  given: Given,
  open: (choice: ClusterChoice) => Promise<C>,
  work: (cluster: C) => Promise<T>,
): Promise<T> {
  const [kubeconfig, context] = [given.text('kubeconfig'), given.text('context')];
  const cluster = await open({
    ...(kubeconfig === undefined ? {} : { kubeconfig }),
    ...(context === undefined ? {} : { context }),
  });
  try {
    return await work(cluster);
  } finally {
    await cluster.close();
  }
}

/** What was read, and what could not be: whoever owns a namespace may not see all of the platform's objects. */
export class Reader {
  readonly notes: string[] = [];
  readonly #cluster: Cluster;

  constructor(cluster: Cluster) {
    this.#cluster = cluster;
  }

  /** Empty, with a note, where it is forbidden. @throws KubeApiError for any other failure */
  async list<O>(coordinates: ResourceCoordinates, namespace?: string): Promise<readonly O[]> {
    return this.#unlessForbidden(coordinates, [], async () => this.#cluster.list<O>(coordinates, namespace));
  }

  /** @returns undefined where there is none, or with a note where it is forbidden */
  async get<O>(coordinates: ResourceCoordinates, namespace: string, name: string): Promise<O | undefined> {
    return this.#unlessForbidden(coordinates, undefined, async () =>
      this.#cluster.get<O>(coordinates, { namespace, name }),
    );
  }

  async #unlessForbidden<T>({ kind }: ResourceCoordinates, instead: T, read: () => Promise<T>): Promise<T> {
    try {
      return await read();
    } catch (error) {
      if (!isApiError(error, 'Forbidden')) throw error;
      this.notes.push(`you may not read ${kind} objects, so they are left out here: ${error.message}`);
      return instead;
    }
  }
}
