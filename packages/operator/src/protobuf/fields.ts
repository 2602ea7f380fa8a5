// protobuf: the fields that Kubernetes' messages have, and what JSON makes of each of them.
import { type Field, type Message, message, type Presence } from './message.js';
import { ProtobufError, WIRE_TYPE, type WireReader } from './wire-reader.js';

const { varint: VARINT, bytes: BYTES } = WIRE_TYPE;

/** Of bytes, which JSON has as base64: `base64`. @param number as in `generated.proto` */
export function text<P extends Presence = 'omitempty'>(number: number, presence?: P): Field<string, P>;
export function text(number: number, presence: Presence = 'omitempty'): Field<string> {
  return { number, wireType: BYTES, presence, zero: '', repeats: false, read: (reader) => reader.text() };
}

/** int32 and int64. The presence has to be said: whether a zero was set is what a pointer tells. */
export function int<P extends Presence>(number: number, presence: P): Field<number, P> {
  return { number, wireType: VARINT, presence, zero: 0, repeats: false, read: (reader) => reader.int() };
}

export function bool<P extends Presence>(number: number, presence: P): Field<boolean, P> {
  return { number, wireType: VARINT, presence, zero: false, repeats: false, read: (reader) => reader.int() !== 0 };
}

/** A message in this one: there whenever it was sent, be it empty. */
export function nested<D extends object>(number: number, of: Message<D>): Field<D, 'pointer'> {
  return { ...sent(number, (reader) => within(reader, of)), of };
}

/** As many messages as there are; left out where there is none. */
export function list<D extends object>(number: number, of: Message<D>): Field<readonly D[], 'pointer'> {
  return repeated(number, (reader) => within(reader, of));
}

/** As many texts as there are; left out where there is none. */
export function texts(number: number): Field<readonly string[], 'pointer'> {
  return repeated(number, (reader) => reader.text());
}

/** `map<string, string>`, as labels are; left out where it is empty. Of `map<string, bytes>`: `base64Map`. */
export function textMap(number: number): Field<Readonly<Record<string, string>>, 'pointer'> {
  return mapOf(number, entryOfTexts);
}

/** `[]byte`, as a `caBundle` is: base64, as JSON has it. `text` would give what was encoded. */
export function base64<P extends Presence = 'omitempty'>(number: number, presence?: P): Field<string, P>;
export function base64(number: number, presence: Presence = 'omitempty'): Field<string> {
  const read = (reader: WireReader): string => reader.bytes().toString('base64');
  return { number, wireType: BYTES, presence, zero: '', repeats: false, read };
}

/** `map<string, bytes>`, as the `data` of a Secret is, each value in base64; left out where it is empty. */
export function base64Map(number: number): Field<Readonly<Record<string, string>>, 'pointer'> {
  return mapOf(number, entryOfBytes);
}

/** metav1.Time, of which JSON has the seconds: `2026-01-02T03:04:05Z`. */
export function time(number: number): Field<string, 'pointer'> {
  return sent(number, (reader) => {
    const { seconds, nanos } = within(reader, timestamp);
    return seconds === undefined && nanos === undefined ? undefined : timeText(seconds ?? 0);
  });
}

/** metav1.MicroTime: `2026-01-02T03:04:05.000006Z`. */
export function microTime(number: number): Field<string, 'pointer'> {
  return sent(number, (reader) => {
    const { seconds, nanos = 0 } = within(reader, timestamp);
    if (seconds === undefined) return undefined;
    const micros = String(Math.floor(nanos / 1_000)).padStart(6, '0');
    return timeText(seconds).replace('Z', `.${micros}Z`);
  });
}

/** resource.Quantity: `500m`. */
export function quantity(number: number): Field<string, 'pointer'> {
  return sent(number, (reader) => within(reader, quantityMessage).string);
}

/** `map<string, Quantity>`, as requests are; left out where it is empty. */
export function quantityMap(number: number): Field<Readonly<Record<string, string>>, 'pointer'> {
  return mapOf(number, entryOfQuantities);
}

/** intstr.IntOrString: `1` or `'25%'`. */
export function intOrString(number: number): Field<number | string, 'pointer'> {
  return sent(number, (reader) => {
    const { type, intVal, strVal } = within(reader, intOrStringMessage);
    return type === 0 ? intVal : strVal;
  });
}

/** metav1.FieldsV1 and runtime.RawExtension: JSON as bytes, in a message of its own. */
export function json(number: number): Field<object, 'pointer'> {
  return sent(number, (reader) => {
    const { raw } = within(reader, rawMessage);
    return raw === undefined || raw.length === 0 ? undefined : parsed(raw);
  });
}

/** As they are: a part of the buffer that is read from. */
export function bytes(number: number): Field<Buffer, 'pointer'> {
  return sent(number, (reader) => reader.bytes());
}

function sent<T>(number: number, read: (reader: WireReader) => T | undefined): Field<T, 'pointer'> {
  return { number, wireType: BYTES, presence: 'pointer', zero: undefined, repeats: false, read };
}

function repeated<T>(number: number, read: (reader: WireReader) => T): Field<readonly T[], 'pointer'> {
  const add = (reader: WireReader, soFar: unknown): readonly T[] => {
    // eslint-disable-next-line @typescript-eslint/no-unsafe-type-assertion -- what this function gave before
    const elements = (soFar as T[] | undefined) ?? [];
    elements.push(read(reader));
    return elements;
  };
  return { number, wireType: BYTES, presence: 'pointer', zero: undefined, repeats: true, read: add };
}

type Texts = Readonly<Record<string, string>>;

function mapOf(
  number: number,
  entry: Message<{ readonly key: string; readonly value?: string }>,
): Field<Texts, 'pointer'> {
  const add = (reader: WireReader, soFar: unknown): Texts => {
    // eslint-disable-next-line @typescript-eslint/no-unsafe-type-assertion -- what this function gave before
    const texts = (soFar as Record<string, string> | undefined) ?? {};
    const { key, value = '' } = within(reader, entry);
    if (key === '__proto__') Object.defineProperty(texts, key, { ...OWN, value });
    else texts[key] = value;
    return texts;
  };
  return { number, wireType: BYTES, presence: 'pointer', zero: undefined, repeats: true, read: add };
}

const OWN = { configurable: true, enumerable: true, writable: true }; // as JSON.parse makes it, of a ConfigMap's key
const entryOfTexts = message({ key: text(1, 'required'), value: text(2) });
const entryOfBytes = message({ key: text(1, 'required'), value: base64(2) });
const quantityMessage = message({ string: text(1, 'required') });
const entryOfQuantities = message({ key: text(1, 'required'), value: quantity(2) });
const timestamp = message({ seconds: int(1, 'pointer'), nanos: int(2, 'pointer') });
const intOrStringMessage = message({
  type: int(1, 'required'),
  intVal: int(2, 'required'),
  strVal: text(3, 'required'),
});
const rawMessage = message({ raw: bytes(1) });

function within<D extends object>(reader: WireReader, of: Message<D>): D {
  const outer = reader.enter();
  const object = of.read(reader);
  reader.leave(outer);
  return object;
}

const LAST_MS = 8.64e15; // of what a Date can be

function timeText(seconds: number): string {
  const ms = seconds * 1_000;
  if (Math.abs(ms) > LAST_MS) throw new ProtobufError(`there is no time ${seconds} s after 1970`);
  return new Date(ms).toISOString().replace('.000Z', 'Z');
}

function parsed(raw: Buffer): object {
  let value: unknown;
  try {
    value = JSON.parse(raw.toString('utf8'));
  } catch (cause) {
    throw new ProtobufError('what should be JSON is none', { cause });
  }
  if (typeof value === 'object' && value !== null) return value;
  throw new ProtobufError('what should be a JSON object is another value');
}
