// watch: one line of a watch, told apart by its type (Kubernetes API concepts, efficient detection of changes).
import type { WireObject } from '../resource/resource.js';

export type WatchEvent =
  | { readonly type: 'put'; readonly object: WireObject }
  | { readonly type: 'delete'; readonly object: WireObject }
  | { readonly type: 'bookmark'; readonly resourceVersion: string; readonly endsInitial: boolean }
  | { readonly type: 'gone' }
  | { readonly type: 'error'; readonly message: string };

const END_OF_INITIAL_EVENTS = 'k8s.io/initial-events-end';

interface Line {
  readonly type: string;
  readonly object: WireObject & { readonly code?: number; readonly message?: string };
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
    default:
      return object.code === 410 ? { type: 'gone' } : { type: 'error', message: object.message ?? line.slice(0, 200) };
  }
}
