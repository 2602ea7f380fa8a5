// protobuf: what all kinds of Kubernetes share (apimachinery, meta/v1/generated.proto).
import { bool, int, json, list, nested, text, textMap, texts, time } from './fields.js';
import { type Decoded, type Field, type Fields, type Message, message } from './message.js';

export const ownerReference = message({
  kind: text(1, 'required'),
  name: text(3, 'required'),
  uid: text(4, 'required'),
  apiVersion: text(5, 'required'),
  controller: bool(6, 'pointer'),
  blockOwnerDeletion: bool(7, 'pointer'),
});

export const managedFieldsEntry = message({
  manager: text(1),
  operation: text(2),
  apiVersion: text(3),
  time: time(4),
  fieldsType: text(6),
  fieldsV1: json(7),
  subresource: text(8),
});

export const labelSelector = message({
  matchLabels: textMap(1),
  matchExpressions: list(2, message({ key: text(1, 'required'), operator: text(2, 'required'), values: texts(3) })),
});

const objectMeta = {
  name: text(1),
  generateName: text(2),
  namespace: text(3),
  uid: text(5),
  resourceVersion: text(6),
  generation: int(7, 'omitempty'),
  creationTimestamp: time(8),
  deletionTimestamp: time(9),
  deletionGracePeriodSeconds: int(10, 'pointer'),
  labels: textMap(11),
  annotations: textMap(12),
  ownerReferences: list(13, ownerReference),
  finalizers: texts(14),
  managedFields: list(17, managedFieldsEntry),
};

/**
 * Those fields of an object's metadata that are to be read, by their names. What is kept of every object need not be named:
 * it is read anyway.
 */
export function metadata<K extends keyof typeof objectMeta = never>(
  ...names: readonly K[]
): Field<Decoded<Pick<typeof objectMeta, K>>, 'pointer'> {
  return nested(METADATA, message(picked(names)));
}

function picked<K extends keyof typeof objectMeta>(names: readonly K[]): Pick<typeof objectMeta, K> {
  // eslint-disable-next-line @typescript-eslint/no-unsafe-type-assertion -- entries of the table by their own names
  return Object.fromEntries(names.map((name) => [name, objectMeta[name]])) as Pick<typeof objectMeta, K>;
}

const METADATA = 1; // in every kind

const kept = picked([
  'name',
  'namespace',
  'uid',
  'resourceVersion',
  'generation',
  'creationTimestamp',
  'deletionTimestamp',
  'labels',
]);

/** With what is kept of every object. */
export function withKept(shape: Message<object>): Message<object> {
  return message({ ...shape.fields, metadata: nested(METADATA, message({ ...kept, ...metadataFields(shape) })) });
}

/** Whether a projection of it sees who owns which field. */
export function readsManagedFields(shape: Message<object>): boolean {
  return 'managedFields' in metadataFields(shape);
}

function metadataFields({ fields }: Message<object>): Fields {
  return fields['metadata']?.of?.fields ?? {};
}

export const listMeta = message({ resourceVersion: text(2), continue: text(3) });

/** Of a bookmark: how far the watch has come, and whether that is the end of the first events. */
export const bookmark = message({ metadata: metadata('resourceVersion', 'annotations') });

export const status = message({
  status: text(2),
  message: text(3),
  reason: text(4),
  details: nested(
    5,
    message({
      name: text(1),
      group: text(2),
      kind: text(3),
      causes: list(4, message({ reason: text(1), message: text(2), field: text(3) })),
      retryAfterSeconds: int(5, 'omitempty'),
    }),
  ),
  code: int(6, 'omitempty'),
});
