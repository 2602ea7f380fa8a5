// observe: the former revisions of a workload that can be rolled back, with their pod templates. They are read when a rollback is
// asked for and never watched: that is rare, and a history is many times the size of what runs.
import { isApiError, type KubeClient, type ResourceCoordinates } from '@dot-kube/operator';
import type { V1ObjectMeta, V1PodTemplateSpec, V1ReplicaSet } from '@kubernetes/client-node';
import { WORKLOAD_KINDS } from '../api/workload-kinds.js';
import type { ObservedOwner, ObservedRevision, ObservedTarget } from './observed.js';
import { controllerOf } from './owner-reference.js';
import { templateOf } from './target.js';

export type RevisionClient = Pick<KubeClient, 'get' | 'list'>;

export type Revisions =
  | { readonly kind: 'read'; readonly revisions: readonly ObservedRevision[] }
  /** Nobody gave the operator the right. */
  | { readonly kind: 'unreadable'; readonly why: string };

const controllerRevisions: ResourceCoordinates = {
  group: 'apps',
  version: 'v1',
  plural: 'controllerrevisions',
  kind: 'ControllerRevision',
  namespaced: true,
};

const MAX_REVISIONS_READ = 20; // twice what revisionHistoryLimit is by default

/**
 * @param owners those between the workload and its pods
 * @returns all that there are, the current one included, the newest first
 * @throws KubeApiError where the API server can't be asked
 */
export async function readRevisions(
  target: ObservedTarget,
  owners: readonly ObservedOwner[],
  client: RevisionClient,
  signal: AbortSignal,
): Promise<Revisions> {
  try {
    const revisions =
      target.kind === 'Deployment'
        ? await ofReplicaSets(owners, client, signal)
        : await ofControllerRevisions(target, client, signal);
    return { kind: 'read', revisions: revisions.toSorted((a, b) => b.number - a.number).slice(0, MAX_REVISIONS_READ) };
  } catch (error) {
    if (!isApiError(error, 'Forbidden')) throw error;
    const why = `its former revisions can't be read: ${error.message}. Give the operator the rights of config/rbac/rollback.yaml`;
    return { kind: 'unreadable', why };
  }
}

async function ofReplicaSets(
  owners: readonly ObservedOwner[],
  client: RevisionClient,
  signal: AbortSignal,
): Promise<readonly ObservedRevision[]> {
  const newest = owners
    .filter(({ revision }) => revision !== undefined)
    .toSorted((a, b) => Number(b.revision) - Number(a.revision))
    .slice(0, MAX_REVISIONS_READ);
  const read = await Promise.all(newest.map(async (owner) => ofReplicaSet(owner, client, signal)));
  return read.flat();
}

async function ofReplicaSet(
  { namespace, name, uid, revision }: ObservedOwner,
  client: RevisionClient,
  signal: AbortSignal,
): Promise<readonly ObservedRevision[]> {
  try {
    const { metadata, spec } = await client.get<V1ReplicaSet>(
      WORKLOAD_KINDS.ReplicaSet,
      { namespace, name },
      { signal },
    );
    if (metadata?.uid !== uid || spec?.template === undefined) return [];
    return [revisionOf(name, Number(revision), withoutHash(spec.template))];
  } catch (error) {
    if (isApiError(error, 'NotFound')) return []; // its Deployment keeps no longer a history
    throw error;
  }
}

const HASH_LABEL = 'pod-template-hash'; // of the one ReplicaSet; as kubectl rollout undo leaves it out

function withoutHash(template: V1PodTemplateSpec): V1PodTemplateSpec {
  const labels = Object.entries(template.metadata?.labels ?? {}).filter(([label]) => label !== HASH_LABEL);
  const metadata = Object.assign({}, template.metadata, { labels: Object.fromEntries(labels) });
  return Object.assign({}, template, { metadata });
}

/** What a StatefulSet keeps of a revision: a strategic merge patch that replaces the template. */
interface WireControllerRevision {
  readonly metadata: V1ObjectMeta;
  readonly revision: number;
  readonly data?: { readonly spec?: { readonly template?: V1PodTemplateSpec & { $patch?: string } } };
}

async function ofControllerRevisions(
  { namespace, uid }: ObservedTarget,
  client: RevisionClient,
  signal: AbortSignal,
): Promise<readonly ObservedRevision[]> {
  const all = await client.list<WireControllerRevision>(controllerRevisions, { namespace, signal });
  return all.flatMap(({ metadata, revision, data }) => {
    const template = data?.spec?.template;
    if (template === undefined || controllerOf(metadata).owner?.uid !== uid) return [];
    const whole = Object.assign({}, template);
    delete whole.$patch;
    return [revisionOf(metadata.name ?? '', revision, whole)];
  });
}

function revisionOf(name: string, number: number, template: V1PodTemplateSpec): ObservedRevision {
  const { templateLabels, templateContainers } = templateOf(template);
  return { name, number, templateLabels, templateContainers, template };
}
