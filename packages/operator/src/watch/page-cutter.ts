// watch: takes the objects of a list one by one out of a body as it comes, so that no page is ever held whole: neither its bytes
// nor what they are parsed to. (Parsed whole, 500 pods outlive the young generation of the heap, and a third of the time went into
// collecting them.) All that gives JSON its shape is ASCII, so no half of a character is ever decoded.
import { Fragments } from './fragments.js';

const ITEMS = /"items"\s*:\s*\[$/;
const [QUOTE, BACKSLASH, OPEN_BRACE, CLOSE_BRACE, OPEN_BRACKET, CLOSE_BRACKET] = [0x22, 0x5c, 0x7b, 0x7d, 0x5b, 0x5d];
const ITEMS_DEPTH = 2; // within the brackets of the items, which are within the braces of the list

/** What a page says of itself, beside its objects. */
export interface PageMetadata {
  readonly resourceVersion: string;
  readonly continue?: string;
}

/** @throws Error where an object is longer than any can be */
export class PageCutter {
  readonly #object = new Fragments();
  /** The page without its objects. */
  readonly #frame: Buffer[] = [];
  #depth = 0;
  #isInText = false;
  /** The next byte is part of the text, whatever it is. */
  #isEscaped = false;
  #isInItems = false;

  /** The objects that end in this chunk, each as its own text. */
  *cut(chunk: Buffer): Generator<string> {
    let from = 0; // of the object, or of what comes before or after all of them
    for (let at = this.#nextEdge(chunk, 0); at < chunk.length; at = this.#nextEdge(chunk, at + 1)) {
      if (!this.#isInItems) {
        if (!this.#beginsItems(chunk, from, at)) continue;
        this.#isInItems = true;
      } else if (this.#depth > ITEMS_DEPTH) from = at;
      else if (this.#depth === ITEMS_DEPTH) yield this.#object.endWith(chunk, from, at + 1);
      else {
        this.#isInItems = false;
        from = at;
      }
    }
    if (!this.#isInItems) this.#frame.push(chunk.subarray(from));
    else if (this.#depth > ITEMS_DEPTH) this.#object.add(chunk, from);
  }

  /** @throws SyntaxError where the page is not complete */
  end(): PageMetadata {
    const page: unknown = JSON.parse(Buffer.concat(this.#frame).toString('utf8'));
    // eslint-disable-next-line @typescript-eslint/no-unsafe-type-assertion -- the API server's list, by its own schema
    return (page as { readonly metadata: PageMetadata }).metadata;
  }

  #beginsItems(chunk: Buffer, from: number, at: number): boolean {
    if (this.#depth !== ITEMS_DEPTH || chunk[at] !== OPEN_BRACKET) return false;
    const part = chunk.subarray(from, at + 1);
    if (!ITEMS.test(Buffer.concat([...this.#frame, part]).toString('latin1'))) return false;
    this.#frame.push(part);
    return true;
  }

  /** @returns where a member of the list itself, or of its items, begins or ends; else the end of the chunk */
  #nextEdge(chunk: Buffer, from: number): number {
    let depth = this.#depth;
    for (let at = this.#isInText ? this.#endOfText(chunk, from) + 1 : from; at < chunk.length; at++) {
      const byte = chunk[at];
      if (byte === QUOTE) at = this.#endOfText(chunk, at + 1);
      else if (byte === OPEN_BRACE || byte === OPEN_BRACKET) {
        if (++depth > ITEMS_DEPTH + 1 || depth < ITEMS_DEPTH) continue;
        this.#depth = depth;
        return at;
      } else if (byte === CLOSE_BRACE || byte === CLOSE_BRACKET) {
        if (--depth > ITEMS_DEPTH) continue;
        this.#depth = depth;
        return at;
      }
    }
    this.#depth = depth;
    return chunk.length;
  }

  /** @returns where its closing quote is; the end of the chunk where it goes on in the next one */
  #endOfText(chunk: Buffer, from: number): number {
    let at = this.#isEscaped ? from + 1 : from;
    while (at < chunk.length && chunk[at] !== QUOTE) at += chunk[at] === BACKSLASH ? 2 : 1;
    this.#isInText = at >= chunk.length;
    this.#isEscaped = at > chunk.length;
    return at;
  }
}
