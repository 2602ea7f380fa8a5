// watch: takes the objects of a list one by one out of a body as it comes, so that a page is never held whole: neither its
// bytes nor what they are parsed to. (Parsed whole, a page of 500 pods outlives the young generation of the heap, and half of
// the time went into collecting it again.) All that gives a body its shape is ASCII, so no character is ever cut in two.
import type { WireObject } from '../resource/resource.js';

const ITEMS = '"items":[';
const [QUOTE, BACKSLASH, OPEN_BRACE, CLOSE_BRACE, OPEN_BRACKET, CLOSE_BRACKET] = [0x22, 0x5c, 0x7b, 0x7d, 0x5b, 0x5d];
const IN_LIST = 1; // within the braces of the list itself
const IN_ITEMS = 2; // within the brackets of its items

/** What a page says beside its objects. */
export interface PageEnd {
  /** Objects that could not be told apart, since the body is not written as the API server writes: without spaces. */
  readonly items: readonly WireObject[];
  readonly metadata: { readonly resourceVersion: string; readonly continue?: string };
}

export class PageCutter {
  /** All but the objects. */
  #frame = '';
  /** Of the object, or of the frame, that the next chunk goes on with. */
  #rest: Buffer[] = [];
  #depth = 0;
  #inItems = false;
  #inText = false;
  #isEscaped = false;

  /** The objects that end in this chunk, as text. */
  *cut(chunk: Buffer): Generator<string> {
    let from = 0;
    for (let at = 0; at < chunk.length; at++) {
      const byte = chunk[at];
      if (this.#inText) {
        if (this.#isEscaped) this.#isEscaped = false;
        else if (byte === BACKSLASH) this.#isEscaped = true;
        else if (byte === QUOTE) this.#inText = false;
      } else if (byte === QUOTE) this.#inText = true;
      else if (byte === OPEN_BRACE || byte === OPEN_BRACKET) {
      }
    }
  }
}
