// watch: the requests of a list and of a watch, as the API server wants them.
import type { Call } from '../client/kube-client.js';
import { PROTOBUF } from '../protobuf/envelope.js';
import { collectionPath } from '../resource/coordinates.js';
import type { Watched } from '../resource/resource.js';

const JSON_TYPE = 'application/json';
const METADATA_ONLY = ';as=PartialObjectMetadata;g=meta.k8s.io;v=v1';
const METADATA_LIST = ';as=PartialObjectMetadataList;g=meta.k8s.io;v=v1';

export interface PageRequest {
  readonly limit: number;
  readonly next: string | undefined;
}

export function pageCall(resource: Watched, { limit, next }: PageRequest): Call {
  return callOf(resource, 'list', { limit: String(limit), continue: next });
}

export interface WatchRequest {
  /** undefined: the stream begins with everything there is, and a bookmark says when that is complete. */
  readonly from: string | undefined;
  readonly timeoutSeconds: number;
}

export function watchCall(resource: Watched, { from, timeoutSeconds }: WatchRequest): Call {
  const limits = { watch: 'true', allowWatchBookmarks: 'true', timeoutSeconds: String(timeoutSeconds) };
  const start =
    from === undefined
      ? { sendInitialEvents: 'true', resourceVersionMatch: 'NotOlderThan' }
      : { resourceVersion: from };
  return callOf(resource, 'watch', { ...limits, ...start });
}

function callOf(
  { coordinates, selection: { namespace, labelSelector, fieldSelector }, traits, shape }: Watched,
  verb: 'list' | 'watch',
  query: Readonly<Record<string, string | undefined>>,
): Call {
  const as = !traits.metadataOnly ? '' : verb === 'list' ? METADATA_LIST : METADATA_ONLY;
  const json = JSON_TYPE + as;
  return {
    method: 'GET',
    verb,
    path: collectionPath(coordinates, namespace),
    query: { ...query, labelSelector, fieldSelector },
    accept: shape === undefined ? json : `${PROTOBUF}${as}, ${json};q=0.9`,
  };
}
