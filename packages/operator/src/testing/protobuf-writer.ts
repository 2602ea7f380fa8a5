// testing: writes protobuf as the API server does, as far as a test kit has to: what the framework reads is not written by the framework.

/** A varint; negative numbers as two's complement of 64 bits, as protobuf has int32 and int64. */
export function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = BigInt.asUintN(64, BigInt(value));
  do {
    bytes.push(Number(rest & 0x7fn) | (rest > 0x7fn ? 0x80 : 0));
    rest >>= 7n;
  } while (rest > 0n);
  return Buffer.from(bytes);
}

/** One field; a Buffer is a message, or bytes. */
export function field(number: number, value: string | number | boolean | Buffer): Buffer {
  if (typeof value === 'number' || typeof value === 'boolean')
    return Buffer.concat([varint(number * 8), varint(Number(value))]);
  const bytes = typeof value === 'string' ? Buffer.from(value) : value;
  return Buffer.concat([varint(number * 8 + 2), varint(bytes.length), bytes]);
}

/** As each object and each list is sent: runtime.Unknown, behind the four bytes that tell. */
export function enveloped(object: Buffer, kind = 'Status'): Buffer {
  const typeMeta = Buffer.concat([field(1, 'v1'), field(2, kind)]);
  return Buffer.concat([Buffer.from('k8s\0'), field(1, typeMeta), field(2, object), field(3, ''), field(4, '')]);
}

/** An event of a watch, with its length before it. */
export function eventFrame(type: string, object: Buffer, kind?: string): Buffer {
  const event = Buffer.concat([field(1, type), field(2, field(1, enveloped(object, kind)))]);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(event.length);
  return Buffer.concat([length, event]);
}

export interface StatusParts {
  readonly code: number;
  readonly reason: string;
  readonly message: string;
}

/** metav1.Status of a failure. */
export function statusMessage({ code, reason, message }: StatusParts): Buffer {
  return Buffer.concat([
    field(1, Buffer.alloc(0)),
    field(2, 'Failure'),
    field(3, message),
    field(4, reason),
    field(6, code),
  ]);
}
