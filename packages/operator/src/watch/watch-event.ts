// watch: one line of a watch, told apart by its type (Kubernetes API concepts, efficient detection of changes).
import { type KubeApiError, type StatusBody, statusError } from '../client/api-error.js';
import type { WireObject } from '../resource/resource.js';

export type WatchEvent =
  | { readonly type: 'put'; readonly object: WireObject }
  | { readonly type: 'delete'; readonly object: WireObject }
  | { readonly type: 'bookmark'; readonly resourceVersion: string; readonly endsInitial: boolean }
  | { readonly type: 'error'; readonly error: KubeApiError };

/** The annotation of the bookmark behind the last of the first events. */
export const END_OF_INITIAL_EVENTS = 'k8s.io/initial-events-end';

interface Line {
  readonly type: string;
  readonly object: WireObject & StatusBody & { readonly code?: number };
}

/** @throws SyntaxError where the line is no JSON: half of it, or a proxy's page */
export function parseWatchLine(line: string): WatchEvent {
  // eslint-disable-next-line @typescript-eslint/no-unsafe-type-assertion -- the API server speaks the watch protocol
  const { type, object } = JSON.parse(line) as Line;
  switch (type) {
    case 'ADDED':
    case 'MODIFIED':
      return { type: 'put', object };
    case 'DELETED':
      return { type: 'delete', object };
    case 'BOOKMARK': {
      const endsInitial = object.metadata.annotations?.[END_OF_INITIAL_EVENTS] === 'true';
      return { type: 'bookmark', resourceVersion: object.metadata.resourceVersion, endsInitial };
    }
    default: {
      const what = typeof object.message === 'string' ? object.message : line.slice(0, 200);
      return { type: 'error', error: statusError(object, { status: object.code ?? 0, what, verb: 'watch' }) };
    }
  }
}

/** @throws SyntaxError where the text is no JSON */
export function parseObject(text: string): WireObject {
  // eslint-disable-next-line @typescript-eslint/no-unsafe-type-assertion -- the API server's object, by its own schema
  return JSON.parse(text) as WireObject;
}
