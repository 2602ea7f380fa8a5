// observe: workloads of kinds that are not Kubernetes' own. Nobody knows beforehand which there will be, so they are not watched:
// discovery tells where a kind lives and whether it has a scale subresource, and one of them is read when it is judged.
import { isApiError, type KubeClient, type ObjectKey, type ResourceCoordinates } from '@dot-kube/operator';
import type { V1ObjectMeta, V1PodTemplateSpec } from '@kubernetes/client-node';
import type { ObservedTarget, OwnerReference } from './observed.js';
import { controllerOf } from './owner-reference.js';
import { customTarget } from './target.js';

export type CustomSight =
  /** `owner`: it stands below another, which is the workload. */
  | { readonly kind: 'found'; readonly target: ObservedTarget; readonly owner?: OwnerReference }
  | { readonly kind: 'gone' }
  /** Nobody gave the operator the right, or the kind is no longer there; what runs is told by its pods. */
  | { readonly kind: 'unreadable'; readonly why: string };

export interface CustomRef extends ObjectKey {
  readonly apiVersion: string;
  readonly kind: string;
}

export type DiscoveringClient = Pick<KubeClient, 'get' | 'stream'>;

interface Discovered {
  readonly coordinates: ResourceCoordinates;
  readonly hasScale: boolean;
}

interface WireCustom {
  readonly metadata: V1ObjectMeta;
  readonly spec?: { readonly template?: V1PodTemplateSpec };
}

/** @throws KubeApiError where the API server can't be asked; a refusal comes back as `unreadable` */
export async function readCustom(ref: CustomRef, client: DiscoveringClient, signal: AbortSignal): Promise<CustomSight> {
  try {
    const kind = await discoverKind(ref, client, signal);
    if (kind === undefined) return unreadable(ref, `the API server knows no ${ref.kind} of ${ref.apiVersion}`);
    const wire = await client.get<WireCustom>(kind.coordinates, ref, { signal });
    const replicas = kind.hasScale ? await scaleOf(kind.coordinates, ref, client, signal) : undefined;
    const target = customTarget(kind.coordinates, wire, replicas);
    return { kind: 'found', target, ...controllerOf(wire.metadata) };
  } catch (error) {
    if (isApiError(error, 'NotFound')) return { kind: 'gone' };
    if (isApiError(error, 'Forbidden')) return unreadable(ref, error.message);
    throw error;
  }
}

function unreadable({ kind, name }: CustomRef, why: string): CustomSight {
  return {
    kind: 'unreadable',
    why: `${kind} ${name} can't be acted on: ${why}. Give the operator the rights of config/rbac/custom-kinds.yaml for it.`,
  };
}

async function scaleOf(
  coordinates: ResourceCoordinates,
  { namespace, name }: CustomRef,
  client: DiscoveringClient,
  signal: AbortSignal,
): Promise<number> {
  const { group, version, plural } = coordinates;
  const path = `/apis/${group}/${version}/namespaces/${namespace}/${plural}/${name}/scale`;
  const { spec } = await getJson<{ readonly spec?: { readonly replicas?: number } }>(path, client, signal);
  return spec?.replicas ?? 0; // autoscaling/v1 leaves a zero out
}

/** metav1.APIResourceList */
interface ResourceList {
  readonly resources: readonly { readonly name: string; readonly kind: string; readonly namespaced: boolean }[];
}

/** @returns undefined where the API server has no such kind @throws KubeApiError */
export async function discoverKind(
  { apiVersion, kind }: CustomRef,
  client: DiscoveringClient,
  signal: AbortSignal,
): Promise<Discovered | undefined> {
  const [group = '', version] = apiVersion.split('/');
  if (version === undefined) return undefined; // the core group has no kind that would be one
  const list = await getJson<ResourceList>(`/apis/${apiVersion}`, client, signal);
  const found = list.resources.find((one) => one.kind === kind && one.namespaced && !one.name.includes('/'));
  if (found === undefined) return undefined;
  return {
    coordinates: { group, version, plural: found.name, kind, namespaced: true },
    hasScale: list.resources.some(({ name }) => name === `${found.name}/scale`),
  };
}

async function getJson<T>(path: string, client: DiscoveringClient, signal: AbortSignal): Promise<T> {
  const chunks: Buffer[] = [];
  for await (const chunk of await client.stream({ method: 'GET', verb: 'get', path }, signal)) chunks.push(chunk);
  // eslint-disable-next-line @typescript-eslint/no-unsafe-type-assertion -- the API server's own types
  return JSON.parse(Buffer.concat(chunks).toString('utf8')) as T;
}
