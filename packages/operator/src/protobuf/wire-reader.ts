// protobuf: reads the few things that protobuf's wire is made of (protobuf.dev, encoding), one after the other, never beyond the end of
// the message that it is in. What nobody asks for is stepped over, and no string is made of it.

/** What came is no protobuf, or only a part of it. */
export class ProtobufError extends Error {
  override readonly name = 'ProtobufError';
}

/** How the value of a field is written; the groups of old (3 and 4) are in nothing that Kubernetes has. */
export const WIRE_TYPE = { varint: 0, fixed64: 1, bytes: 2, fixed32: 5 } as const;
const TYPES = 8; // a tag is the field's number times eight, and the type

/** What stands before the value of a field. */
export function tagOf(number: number, wireType: (typeof WIRE_TYPE)[keyof typeof WIRE_TYPE]): number {
  return number * TYPES + wireType;
}

export function wireTypeOf(tag: number): number {
  return tag % TYPES;
}

const EXACT_BYTES = 7; // of 7 bits each: more may not fit into 53
const MAX_BYTES = 10; // of 64 bits

export class WireReader {
  readonly #bytes: Buffer;
  #at = 0;
  #end: number;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
    this.#end = bytes.length;
  }

  /** Whether the message that it is in goes on. */
  get hasMore(): boolean {
    return this.#at < this.#end;
  }

  /** @throws ProtobufError where it is none that a field can have */
  tag(): number {
    const tag = this.int();
    if (tag < TYPES || tag >= 2 ** 32) throw new ProtobufError(`no field has the tag ${tag}`);
    return tag;
  }

  /** A varint as a signed number of 64 bits; beyond 2^53 it is as inexact as in JSON. @throws ProtobufError */
  int(): number {
    let value = 0;
    let scale = 1;
    for (let at = this.#at; at < this.#end && at < this.#at + EXACT_BYTES; at++) {
      const byte = this.#bytes[at] ?? 0;
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) {
        this.#at = at + 1;
        return value;
      }
      scale *= 0x80;
    }
    return this.#longInt();
  }

  /** @throws ProtobufError */
  text(): string {
    const end = this.#endOfBytes();
    const text = this.#bytes.toString('utf8', this.#at, end);
    this.#at = end;
    return text;
  }

  /** A part of what is read from, not a copy. @throws ProtobufError */
  bytes(): Buffer {
    const end = this.#endOfBytes();
    const bytes = this.#bytes.subarray(this.#at, end);
    this.#at = end;
    return bytes;
  }

  /** From now on there is only the message that begins here. @returns for `leave`, once it is read. @throws ProtobufError */
  enter(): number {
    const outer = this.#end;
    this.#end = this.#endOfBytes();
    return outer;
  }

  leave(outer: number): void {
    this.#at = this.#end;
    this.#end = outer;
  }

  /** Steps over the value of a field. @throws ProtobufError */
  skip(tag: number): void {
    switch (wireTypeOf(tag)) {
      case WIRE_TYPE.varint:
        this.int();
        break;
      case WIRE_TYPE.fixed64:
        this.#step(8);
        break;
      case WIRE_TYPE.bytes:
        this.#at = this.#endOfBytes();
        break;
      case WIRE_TYPE.fixed32:
        this.#step(4);
        break;
      default:
        throw new ProtobufError(`the tag ${tag} is of a type that is unknown`);
    }
  }

  #longInt(): number {
    let value = 0n;
    for (let i = 0; i < MAX_BYTES; i++) {
      const byte = this.#at < this.#end ? this.#bytes[this.#at] : undefined;
      if (byte === undefined) throw new ProtobufError('it ends in the middle of a number');
      this.#at++;
      value |= BigInt(byte & 0x7f) << BigInt(7 * i);
      if (byte < 0x80) return Number(BigInt.asIntN(64, value));
    }
    throw new ProtobufError('a number is longer than 64 bits');
  }

  #endOfBytes(): number {
    const length = this.int();
    return this.#within(length);
  }

  #step(length: number): void {
    this.#at = this.#within(length);
  }

  #within(length: number): number {
    if (length < 0 || length > this.#end - this.#at)
      throw new ProtobufError(`${length} bytes are announced where ${this.#end - this.#at} are left`);
    return this.#at + length;
  }
}
