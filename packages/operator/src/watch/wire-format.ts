// watch: a form in which the API server sends what is listed and watched, JSON or protobuf. Either cuts a body into whole pieces as it
// comes, and makes the same of them.
import type { WireObject } from '../resource/resource.js';
import type { PageMetadata } from './page-cutter.js';
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

/** A cutter that gives what is made of each piece that another one cuts. */
export function making<P, T>(pieces: Cutter<P>, make: (piece: P) => T): Cutter<T> {
  return {
    *cut(chunk) {
      for (const piece of pieces.cut(chunk)) yield make(piece);
    },
  };
}

/** The same of a page, which has an end. */
export function makingPage<P>(pieces: Cutter<P> & Pick<PageReader, 'end'>, make: (piece: P) => WireObject): PageReader {
  return { ...making(pieces, make), end: () => pieces.end() };
}
