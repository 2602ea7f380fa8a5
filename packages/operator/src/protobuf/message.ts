// protobuf: a message as far as somebody wants to read it: a table of fields, and what is made of it. What is decoded is what JSON
// would have had, cut down to the table, so that a projection need not know in which of the two forms an object came.
import { tagOf, WIRE_TYPE, WireReader } from './wire-reader.js';

/**
 * When JSON has the field, by how Kubernetes declares it in Go: `omitempty`: where it is neither empty, zero nor false; `pointer`
 * (`*int32` with `omitempty`): where it was set, to zero too; `required` (without `omitempty`): always.
 */
export type Presence = 'omitempty' | 'pointer' | 'required';

/** One field of a message. Made by the functions of fields.ts. */
export interface Field<T, P extends Presence = Presence> {
  /** As in Kubernetes' `generated.proto`. */
  readonly number: number;
  readonly wireType: (typeof WIRE_TYPE)['varint' | 'bytes'];
  readonly presence: P;
  /** Go's, which JSON leaves out or has, by the presence; undefined where the field is there whenever it was sent. */
  readonly zero: T | undefined;
  /** The message that it holds. */
  readonly of?: Message<object>;
  /** It comes as often as it has elements, and `soFar` is what those before came to. */
  readonly repeats: boolean;
  /** @returns undefined for what JSON would leave out */
  readonly read: (reader: WireReader, soFar: unknown) => T | undefined;
}

export type Fields = Readonly<Record<string, Field<unknown>>>;

/** The object that fields give. */
export type Decoded<F extends Fields> = Flat<
  { readonly [K in keyof F as F[K] extends Field<unknown, 'required'> ? K : never]: ValueOf<F[K]> } & {
    readonly [K in keyof F as F[K] extends Field<unknown, 'required'> ? never : K]?: ValueOf<F[K]>;
  }
>;
type ValueOf<F> = F extends Field<infer T> ? T : never;
type Flat<T> = { [K in keyof T]: T[K] };

/** The object that a message is decoded to: `Wire<typeof pod>`. */
export type Wire<M> = M extends Message<infer D> ? D : never;

interface Entry {
  readonly name: string;
  readonly field: Field<unknown>;
  /** The value that JSON leaves out. */
  readonly omits: unknown;
}

export class Message<D extends object> {
  readonly fields: Fields;
  // Only there so that the type of what is decoded is part of the message's.
  declare readonly decoded: D;
  readonly #byTag: readonly (Entry | undefined)[];
  readonly #required: readonly Entry[];
  /** Go embeds it, and JSON has its fields as if they were ours; by its tag. */
  readonly #embedded: { readonly tag: number; readonly message: Message<object> } | undefined;

  constructor(fields: Fields, embedded?: { readonly number: number; readonly message: Message<object> }) {
    const entries = Object.entries(fields).map(([name, field]) => entryOf(name, field));
    const byTag: (Entry | undefined)[] = [];
    for (const entry of entries) byTag[tagOf(entry.field.number, entry.field.wireType)] = entry;
    this.fields = fields;
    this.#byTag = Array.from(byTag); // without holes
    this.#required = entries.filter(({ field }) => field.presence === 'required');
    this.#embedded = embedded && { tag: tagOf(embedded.number, WIRE_TYPE.bytes), message: embedded.message };
  }

  /** @throws ProtobufError where the bytes are no such message, or not the whole of it */
  decode(bytes: Buffer): D {
    return this.read(new WireReader(bytes));
  }

  /** What is left of the message that the reader is in. @throws ProtobufError */
  read(reader: WireReader): D {
    const object: Record<string, unknown> = {};
    this.#readInto(object, reader);
    // eslint-disable-next-line @typescript-eslint/no-unsafe-type-assertion -- each field was read as the table has it
    return object as D;
  }

  #readInto(object: Record<string, unknown>, reader: WireReader): void {
    while (reader.hasMore) {
      const tag = reader.tag();
      const entry = this.#byTag[tag];
      if (entry !== undefined) readField(object, entry, reader);
      else if (tag === this.#embedded?.tag) {
        const outer = reader.enter();
        this.#embedded.message.#readInto(object, reader);
        reader.leave(outer);
      } else reader.skip(tag);
    }
    for (const { name, field } of this.#required) object[name] ??= field.zero;
  }
}

function readField(object: Record<string, unknown>, { name, field, omits }: Entry, reader: WireReader): void {
  const value = field.read(reader, field.repeats ? object[name] : undefined);
  if (value !== omits && value !== undefined) object[name] = value;
}

function entryOf(name: string, field: Field<unknown>): Entry {
  return { name, field, omits: field.presence === 'omitempty' ? field.zero : undefined };
}

/** A message with the fields that are to be read of it. */
export function message<F extends Fields>(fields: F): Message<Decoded<F>> {
  return new Message(fields);
}

/**
 * A message into which Go embeds another, as EphemeralContainer does EphemeralContainerCommon: JSON has the fields of both.
 *
 * @param number of the one that is embedded
 */
export function embedding<E extends object, F extends Fields>(
  number: number,
  embedded: Message<E>,
  fields: F,
): Message<E & Decoded<F>> {
  return new Message(fields, { number, message: embedded });
}
