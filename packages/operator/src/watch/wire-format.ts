// watch: the two forms in which the API server sends what is listed and watched. Either cuts a body into whole pieces as it comes, and
// makes the same of them.
import { isProtobuf } from '../protobuf/envelope.js';
import type { Watched, WireObject } from '../resource/resource.js';
import { JsonFormat } from './json-format.js';
import type { PageMetadata } from './page-cutter.js';
import { ProtobufFormat } from './protobuf-format.js';
import type { WatchEvent } from './watch-event.js';

/** Takes a body chunk by chunk. */
export interface Cutter<T> {
  /** What ends in this chunk. @throws Error where it is not what it should be, or too long */
  cut(chunk: Buffer): Iterable<T>;
}

export interface PageReader extends Cutter<WireObject> {
  /** @throws Error where the page is not complete */
  end(): PageMetadata;
}

export interface WireFormat {
  events(): Cutter<WatchEvent>;
  page(): PageReader;
}

/** @param contentType of the answer: it may be JSON although protobuf was asked for */
export function formatOf({ shape, traits }: Watched, contentType: string | undefined): WireFormat {
  return shape !== undefined && isProtobuf(contentType) ? new ProtobufFormat(shape) : new JsonFormat(traits);
}
