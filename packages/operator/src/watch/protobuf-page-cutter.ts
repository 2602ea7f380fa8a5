// watch: takes the objects of a list one by one out of a body of protobuf as it comes, as page-cutter.ts does of JSON:
//
//   k8s\0 · Unknown { typeMeta, raw: PodList { metadata, items, items, … }, contentEncoding, contentType }
import { MAGIC, RAW_OF_UNKNOWN } from '../protobuf/envelope.js';
import { listMeta } from '../protobuf/meta-v1.js';
import { ProtobufError, tagOf, WIRE_TYPE, wireTypeOf } from '../protobuf/wire-reader.js';
import { ByteQueue } from './byte-queue.js';
import { MAX_BYTES, tooLong } from './fragments.js';
import type { PageMetadata } from './page-cutter.js';

const RAW = tagOf(RAW_OF_UNKNOWN, WIRE_TYPE.bytes);
const [METADATA, ITEM] = [tagOf(1, WIRE_TYPE.bytes), tagOf(2, WIRE_TYPE.bytes)]; // of each list
const LONGEST_HEADER = 20; // two varints of 64 bits

/** A tag, and the varint behind it: how much follows, or the value itself. */
interface Header {
  readonly tag: number;
  readonly value: number;
  readonly size: number;
}

export class ProtobufPageCutter {
  readonly #bytes = new ByteQueue();
  #hasBegun = false;
  #hadList = false;
  /** How many bytes of the list have not come out yet; undefined outside of it. */
  #left: number | undefined;
  #metadata: PageMetadata = { resourceVersion: '' };

  /** The objects that end in this chunk. @throws ProtobufError; Error where one is longer than any can be */
  *cut(chunk: Buffer): Generator<Buffer> {
    this.#bytes.push(chunk);
    if (!this.#begins()) return;
    for (let header = this.#header(); header !== undefined; header = this.#header()) {
      if (this.#left === undefined && header.tag === RAW) {
        this.#enterList(header);
        continue;
      }
      const field = this.#field(header);
      if (field === undefined) return;
      if (this.#left === undefined) continue;
      this.#left -= header.size + field.length;
      if (header.tag === ITEM) yield field;
      else if (header.tag === METADATA) this.#metadata = metadataOf(field);
    }
  }

  /** @throws ProtobufError where the page is not complete */
  end(): PageMetadata {
    if (!this.#hadList || this.#left !== undefined || this.#bytes.length > 0)
      throw new ProtobufError('the page of the list is not complete');
    return this.#metadata;
  }

  #begins(): boolean {
    if (!this.#hasBegun && this.#bytes.length >= MAGIC.length) {
      if (!this.#bytes.take(MAGIC.length).equals(MAGIC))
        throw new ProtobufError('the page does not begin as protobuf of Kubernetes does');
      this.#hasBegun = true;
    }
    return this.#hasBegun;
  }

  #enterList({ size, value }: Header): void {
    this.#bytes.drop(size);
    this.#left = value;
    this.#hadList = true;
  }

  /** Of the next field; undefined where it has not come yet. */
  #header(): Header | undefined {
    if (this.#left === 0) this.#left = undefined;
    const bytes = this.#bytes.peek(LONGEST_HEADER);
    const tag = varintIn(bytes, 0);
    const value = tag === undefined ? undefined : varintIn(bytes, tag.end);
    if (tag !== undefined && value !== undefined) return { tag: tag.value, value: value.value, size: value.end };
    if (bytes.length === LONGEST_HEADER) throw new ProtobufError('a number is longer than 64 bits');
    return undefined;
  }

  /** What follows; undefined where it has not come yet. */
  #field({ tag, value, size }: Header): Buffer | undefined {
    const length = lengthOf(tag, value);
    if (length > MAX_BYTES) throw tooLong();
    if (this.#left !== undefined && size + length > this.#left)
      throw new ProtobufError('an object is longer than the list that it is in');
    if (this.#bytes.length < size + length) return undefined;
    this.#bytes.drop(size);
    return this.#bytes.take(length);
  }
}

function varintIn(bytes: Buffer, from: number): { readonly value: number; readonly end: number } | undefined {
  let value = 0;
  let scale = 1;
  for (let at = from; at < bytes.length; at++) {
    const byte = bytes[at] ?? 0;
    value += (byte & 0x7f) * scale;
    if (byte < 0x80) return { value, end: at + 1 };
    scale *= 0x80;
  }
  return undefined;
}

function lengthOf(tag: number, value: number): number {
  const type = wireTypeOf(tag);
  if (type === WIRE_TYPE.bytes) return value;
  if (type === WIRE_TYPE.varint) return 0;
  throw new ProtobufError(`the tag ${tag} is in no list`);
}

function metadataOf(bytes: Buffer): PageMetadata {
  const { resourceVersion = '', ...others } = listMeta.decode(bytes);
  return { resourceVersion, ...others };
}
