// @dot-kube/operator/protobuf: to say what is read of a kind, so that the API server can send it as protobuf.
export {
  base64,
  base64Map,
  bool,
  int,
  intOrString,
  json,
  list,
  microTime,
  nested,
  quantity,
  quantityMap,
  text,
  textMap,
  texts,
  time,
} from './fields.js';
export {
  type Decoded,
  embedding,
  type Field,
  type Fields,
  Message,
  message,
  type Presence,
  type Wire,
} from './message.js';
export { labelSelector, managedFieldsEntry, metadata, ownerReference } from './meta-v1.js';
export { type Misfits } from './misfits.js';
export { ProtobufError } from './wire-reader.js';
