// report: the manifest of a workload that is about to be deleted, as its result keeps it: what its owner had applied, without
// what the API server set, without what the operator did to it, and without the values of environment variables. Pure.
import { gunzipSync, gzipSync } from 'node:zlib';
import { type Fields, fieldsOf, isObject } from '../../api/json.js';
import { MAX_MANIFEST } from '../../api/v1alpha1/result-limits.js';
import type { DeletedManifest } from '../../api/v1alpha1/types.js';
import { annotationsOfRelease } from '../../plan/pause-flux.js';
import { restoredSpec } from '../../plan/stop-fields.js';
import { NOTE_ANNOTATION } from '../../api/note-annotation.js';
import type { ObservedTarget } from '../../observe/observed.js';
import type { Note } from '../../plan/note.js';
import { isStopped } from '../../workload/stopped.js';

/** JSON, as the API server sends it. */
export interface KeptMetadata extends Fields {
  readonly namespace: string;
  readonly name: string;
}

export interface KeptObject extends Fields {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: KeptMetadata;
}

/** Stands for a value that was left out. */
export const LEFT_OUT = 'LEFT-OUT-BY-KUBEXRAY';

export interface KeepInput {
  /** As the API server has it. */
  readonly object: Fields;
  readonly target: ObservedTarget;
  /** Of the stop that is in force: what is kept is the workload as it was before it. */
  readonly note: Note | undefined;
  /** Whether values of environment variables are kept, too. */
  readonly keepsEnvValues: boolean;
}

/** @returns undefined where it is too large to be kept */
export function keptManifest(input: KeepInput): DeletedManifest | undefined {
  const manifest = asApplied(input);
  const { object, count } = input.keepsEnvValues ? { object: manifest, count: 0 } : withoutValues(manifest);
  const gzip = gzipSync(JSON.stringify(object), { level: 9 }).toString('base64');
  return gzip.length > MAX_MANIFEST ? undefined : { gzip, envValuesLeftOut: count };
}

const MAX_UNPACKED = 16 * 1024 * 1024; // far more than etcd takes of an object

/** @returns undefined for what was not packed by {@link keptManifest} */
export function unpacked({ gzip }: Pick<DeletedManifest, 'gzip'>): KeptObject | undefined {
  try {
    const json: unknown = JSON.parse(
      gunzipSync(Buffer.from(gzip, 'base64'), { maxOutputLength: MAX_UNPACKED }).toString('utf8'),
    );
    return isKeptObject(json) ? json : undefined;
  } catch {
    return undefined;
  }
}

function isKeptObject(json: unknown): json is KeptObject {
  const { apiVersion, kind, metadata } = fieldsOf(json);
  const { namespace, name } = fieldsOf(metadata);
  return [apiVersion, kind, namespace, name].every((text) => typeof text === 'string' && text !== '');
}

/** Set by the API server and its controllers, or copies of the whole manifest with all its values. */
const NOT_APPLIED = [
  NOTE_ANNOTATION,
  'kubectl.kubernetes.io/last-applied-configuration',
  'deployment.kubernetes.io/revision',
  'deprecated.daemonset.template.generation',
];

function asApplied({ object, target, note }: KeepInput): Fields {
  const { apiVersion, kind, spec } = object;
  const { namespace, name, labels, annotations } = fieldsOf(object['metadata']);
  const released = note === undefined ? {} : annotationsOfRelease(note, target);
  const goesBack = note !== undefined && isStopped(target) ? restoredSpec(note.before) : {};
  const ownAnnotations = merged(fieldsOf(annotations), {
    ...released,
    ...Object.fromEntries(NOT_APPLIED.map((key) => [key, null])),
  });
  const metadata = { namespace, name, ...unlessEmpty('labels', labels), ...unlessEmpty('annotations', ownAnnotations) };
  return asOfKind({ apiVersion, kind, metadata, spec: merged(fieldsOf(spec), goesBack) });
}

function unlessEmpty(name: string, value: unknown): Fields {
  return Object.keys(fieldsOf(value)).length === 0 ? {} : { [name]: value };
}

/** A merge patch (RFC 7396). */
function merged(object: Fields, patch: object): Fields {
  const result = new Map(Object.entries(object));
  for (const [key, value] of Object.entries(patch) as [string, unknown][]) {
    if (value === null) result.delete(key);
    else result.set(key, isObject(value) ? merged(fieldsOf(result.get(key)), value) : value);
  }
  return Object.fromEntries(result);
}

function asOfKind(object: Fields): Fields {
  switch (object['kind']) {
    case 'Job':
      return object['apiVersion'] === 'batch/v1' ? newJob(object) : object;
    case 'Pod':
      return object['apiVersion'] === 'v1' ? newPod(object) : object;
    default:
      return object;
  }
}

/** The API server makes these for each Job anew, and refuses those of another (batch/v1 `generateSelector`). */
const JOB_LABELS = {
  'controller-uid': null,
  'job-name': null,
  'batch.kubernetes.io/controller-uid': null,
  'batch.kubernetes.io/job-name': null,
};

function newJob(job: Fields): Fields {
  if (fieldsOf(job['spec'])['manualSelector'] === true) return job;
  const labels = { labels: JOB_LABELS };
  return merged(job, { metadata: labels, spec: { selector: null, template: { metadata: labels } } });
}

/** What admission and the scheduler added to a Pod, and would add anew. */
function newPod(pod: Fields): Fields {
  const spec = fieldsOf(pod['spec']);
  const isOfToken = (one: unknown): boolean => String(fieldsOf(one)['name']).startsWith('kube-api-access-');
  const withoutMounts = (container: unknown): Fields => ({
    ...fieldsOf(container),
    volumeMounts: listOf(fieldsOf(container)['volumeMounts']).filter((one) => !isOfToken(one)),
  });
  const { initContainers } = spec;
  return merged(pod, {
    spec: {
      ...{ nodeName: null, priority: null, preemptionPolicy: null, ephemeralContainers: null },
      volumes: listOf(spec['volumes']).filter((one) => !isOfToken(one)),
      containers: listOf(spec['containers']).map(withoutMounts),
      ...(initContainers === undefined ? {} : { initContainers: listOf(initContainers).map(withoutMounts) }),
    },
  });
}

/** Wherever a list `env` stands: custom kinds keep their containers where they like. */
function withoutValues(manifest: Fields): { readonly object: unknown; readonly count: number } {
  let count = 0;
  const object = mapEnv(manifest, (variable) => {
    if (typeof variable['value'] !== 'string') return variable;
    count++;
    return { ...variable, value: LEFT_OUT };
  });
  return { object, count };
}

/** @param change of a variable; `container` is the name of the object whose list it stands in */
export function mapEnv(value: unknown, change: (variable: Fields, container: string) => Fields): unknown {
  if (Array.isArray(value)) return value.map((one: unknown) => mapEnv(one, change));
  if (!isObject(value)) return value;
  const container = typeof value['name'] === 'string' ? value['name'] : '';
  return Object.fromEntries(
    Object.entries(value).map(([key, one]) => [
      key,
      key === 'env' && Array.isArray(one)
        ? one.map((variable: unknown) => (isObject(variable) ? change(variable, container) : variable))
        : mapEnv(one, change),
    ]),
  );
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? (value as readonly unknown[]) : [];
}
