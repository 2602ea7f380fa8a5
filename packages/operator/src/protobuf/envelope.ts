// protobuf: what Kubernetes puts around its messages (apimachinery, runtime/serializer/protobuf): four bytes that say that it is
// protobuf, then a runtime.Unknown that holds the object.
import { bytes } from './fields.js';
import { message } from './message.js';
import { status } from './meta-v1.js';
import type { Wire } from './message.js';
import { ProtobufError } from './wire-reader.js';

export const PROTOBUF = 'application/vnd.kubernetes.protobuf';
export const MAGIC = Buffer.from('k8s\0', 'latin1');

/** Of runtime.Unknown and RawExtension. */
export const RAW_OF_UNKNOWN = 2;

const unknown = message({ raw: bytes(RAW_OF_UNKNOWN) });

/** @param contentType the header; a server that cannot, and a proxy, answer in another form than was asked for */
export function isProtobuf(contentType: string | undefined): boolean {
  return contentType?.startsWith(PROTOBUF) === true;
}

/** The object's own bytes. @throws ProtobufError */
export function unwrap(envelope: Buffer): Buffer {
  if (!envelope.subarray(0, MAGIC.length).equals(MAGIC))
    throw new ProtobufError('it does not begin as protobuf of Kubernetes does');
  return unknown.decode(envelope.subarray(MAGIC.length)).raw ?? NOTHING;
}

const NOTHING = Buffer.alloc(0); // an object without any field

/** A refusal. @throws ProtobufError */
export function decodeStatus(envelope: Buffer): Wire<typeof status> {
  return status.decode(unwrap(envelope));
}
