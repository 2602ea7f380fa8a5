/**
 * Reads the objects of the test cluster: `await read('xscan', 'shop', 'deployment-web')`, by any name that kubectl takes for the kind.
 * A test that waits looks many times a second, and kubectl would be a process each time.
 */
import { text } from 'node:stream/consumers';
import { afterAll } from '@jest/globals';
import { KubeConfig } from '@kubernetes/client-node';
import { KubeClient, type ResourceCoordinates } from '@dot-kube/operator';

/** As the administrator. */
export async function newClient(): Promise<KubeClient> {
  const kubeConfig = new KubeConfig();
  kubeConfig.loadFromDefault();
  return KubeClient.from(kubeConfig);
}

const { signal } = new AbortController();
let opened: Promise<KubeClient> | undefined;
let known: ReadonlyMap<string, ResourceCoordinates> = new Map();

afterAll(async () => {
  await (await opened)?.close();
  opened = undefined;
});

/** @throws KubeApiError; reason `NotFound` where it is not there */
export async function read<T>(kind: string, namespace: string, name: string): Promise<T> {
  const client = await theClient();
  return client.get<T>(await coordinatesOf(kind, client), { namespace, name }, { signal });
}

export interface Selection {
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
}

/** Of one namespace. @throws KubeApiError */
export async function readAll<T>(kind: string, namespace: string, selection: Selection = {}): Promise<readonly T[]> {
  const client = await theClient();
  return client.list<T>(await coordinatesOf(kind, client), { namespace, ...selection, signal });
}

async function theClient(): Promise<KubeClient> {
  opened ??= newClient();
  return opened;
}

/** What is installed later is found by asking again. */
async function coordinatesOf(word: string, client: KubeClient): Promise<ResourceCoordinates> {
  const asked = word.toLowerCase();
  if (!known.has(asked)) known = await discover(client);
  const coordinates = known.get(asked);
  if (coordinates === undefined) throw new Error(`the API server has no "${word}"`);
  return coordinates;
}

/** Aggregated discovery (apidiscovery.k8s.io/v2), as far as it is read. */
interface Group {
  readonly metadata: { readonly name?: string };
  /** The preferred one comes first. */
  readonly versions: readonly { readonly version: string; readonly resources: readonly Discovered[] }[];
}

interface Discovered {
  readonly resource: string;
  readonly responseKind: { readonly kind: string };
  readonly scope: 'Namespaced' | 'Cluster';
  readonly singularResource: string;
  readonly shortNames?: readonly string[];
}

async function discover(client: KubeClient): Promise<ReadonlyMap<string, ResourceCoordinates>> {
  const found = new Map<string, ResourceCoordinates>();
  const groups = [...(await groupsAt('/api', client)), ...(await groupsAt('/apis', client))];
  for (const [word, coordinates] of groups.flatMap(named)) if (!found.has(word)) found.set(word, coordinates);
  return found;
}

/** Of the same name in several groups the first is meant, as kubectl does it; the name with its group means that one. */
function named({
  metadata: { name: group = '' },
  versions,
}: Group): readonly (readonly [string, ResourceCoordinates])[] {
  return versions.slice(0, 1).flatMap(({ version, resources }) =>
    resources.flatMap(({ resource: plural, responseKind: { kind }, scope, singularResource, shortNames = [] }) => {
      const coordinates = { group, version, plural, kind, namespaced: scope === 'Namespaced' };
      return [`${plural}.${group}`, plural, singularResource, ...shortNames].map(
        (word) => [word, coordinates] as const,
      );
    }),
  );
}

async function groupsAt(path: string, client: KubeClient): Promise<readonly Group[]> {
  const accept = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList';
  const body = await client.stream({ method: 'GET', verb: 'get', path, accept }, signal);
  // eslint-disable-next-line @typescript-eslint/no-unsafe-type-assertion -- the API server's own answer
  return (JSON.parse(await text(body)) as { items: readonly Group[] }).items;
}
