// chaos/simulated: what the API server keeps, with its rules: resource versions, generations, preconditions, history of changes.
import type { SimulatedTime } from './time.js';
import {
  applied,
  parsedAs,
  isObject,
  type JsonObject,
  managedFields,
  type Meta,
  mergePatched,
  type Owners,
  ownersAfter,
  type Stored,
} from './objects.js';

export interface Kind {
  readonly group: string;
  readonly version: string;
  readonly plural: string;
  readonly kind: string;
}

export interface Name {
  readonly namespace: string;
  readonly name: string;
}

export interface Refusal {
  readonly status: number;
  readonly reason: string;
  readonly message: string;
}
export type Outcome = { readonly ok: true; readonly object: Stored } | ({ readonly ok: false } & Refusal);

export interface HistoryEvent {
  readonly version: number;
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  readonly kind: Kind;
  readonly before: Stored | undefined;
  /** As it was last, if it is deleted. */
  readonly object: Stored;
  readonly manager: string;
}

/** Of these it is told who wrote which field. */
const TRACKED = new Set([
  'deployments',
  'statefulsets',
  'daemonsets',
  'replicasets',
  'replicationcontrollers',
  'jobs',
  'cronjobs',
]);
/** Of a DaemonSet: raised by the API server itself with each change of the template. */
const TEMPLATE_GENERATION = 'deprecated.daemonset.template.generation';

interface Preconditions {
  readonly uid?: string;
  readonly resourceVersion?: string;
}

export class ObjectStore {
  readonly #time: SimulatedTime;
  readonly #objects = new Map<string, Map<string, Stored>>();
  readonly #owners = new Map<string, Owners>();
  readonly #applied = new Map<string, JsonObject>();
  readonly #hearers: ((event: HistoryEvent) => void)[] = [];
  #history: HistoryEvent[] = [];
  #oldest = 0;
  #version = 1;
  #uids = 0;

  constructor(time: SimulatedTime) {
    this.#time = time;
  }

  get version(): number {
    return this.#version;
  }

  onChange(hear: (event: HistoryEvent) => void): void {
    this.#hearers.push(hear);
  }

  /** The changes after that version; undefined where they are gone. */
  since(version: number): readonly HistoryEvent[] | undefined {
    return version < this.#oldest ? undefined : this.#history.filter((event) => event.version > version);
  }

  /** No change before now can be watched from any more. */
  forgetHistory(): void {
    this.#history = [];
    this.#oldest = this.#version;
  }

  list({ plural }: Pick<Kind, 'plural'>, namespace = ''): readonly Stored[] {
    const all = [...(this.#objects.get(plural)?.values() ?? [])];
    return namespace === '' ? all : all.filter(({ metadata }) => metadata.namespace === namespace);
  }

  get({ plural }: Pick<Kind, 'plural'>, name: Name): Stored | undefined {
    return this.#objects.get(plural)?.get(keyOf(name));
  }

  create(kind: Kind, name: Name, body: object, manager: string): Outcome {
    if (this.get(kind, name) !== undefined) return refused(409, 'AlreadyExists', `${name.name} is there already`);
    const { labels, annotations, ownerReferences } =
      parsedAs<{ metadata?: Partial<Meta> }>(JSON.stringify(body)).metadata ?? {};
    const object: Stored = {
      ...body,
      apiVersion: kind.group === '' ? kind.version : `${kind.group}/${kind.version}`,
      kind: kind.kind,
      metadata: {
        ...name,
        uid: `uid-${++this.#uids}`,
        resourceVersion: '',
        generation: 1,
        creationTimestamp: `${this.#time.date().toISOString().slice(0, 19)}Z`,
        ...(labels === undefined ? {} : { labels }),
        annotations:
          kind.plural === 'daemonsets' ? { ...annotations, [TEMPLATE_GENERATION]: '1' } : (annotations ?? {}),
        ...(ownerReferences === undefined ? {} : { ownerReferences }),
      },
    };
    return { ok: true, object: this.#commit(kind, { before: undefined, after: object, manager }) };
  }

  /** Makes of the object what `next` says; metadata but labels and annotations is kept. */
  change(
    kind: Kind,
    name: Name,
    {
      manager,
      next,
      preconditions = {},
    }: { manager: string; next: (before: Stored) => Stored; preconditions?: Preconditions },
  ): Outcome {
    const before = this.get(kind, name);
    const refusal = this.#refusal(before, name, preconditions);
    if (before === undefined || refusal !== undefined) return refusal ?? notFound(name);
    const wanted = next(before);
    const isSameSpec = JSON.stringify(wanted.spec) === JSON.stringify(before.spec);
    const { labels, annotations = {} } = wanted.metadata;
    const metadata: Meta = {
      ...before.metadata,
      ...(labels === undefined ? {} : { labels }),
      annotations: kind.plural === 'daemonsets' ? withGeneration(annotations, before, wanted) : annotations,
      generation: before.metadata.generation + (isSameSpec ? 0 : 1),
    };
    const after = { ...wanted, metadata };
    if (JSON.stringify(after) === JSON.stringify(before)) return { ok: true, object: before }; // no write is made of it
    return { ok: true, object: this.#commit(kind, { before, after, manager }) };
  }

  merge(kind: Kind, name: Name, patch: JsonObject, manager: string): Outcome {
    const { metadata = {}, ...fields } = patch;
    const given = isObject(metadata) ? metadata : {};
    const { uid, resourceVersion, labels, annotations } = given;
    return this.change(kind, name, {
      manager,
      preconditions: preconditionsOf({ uid, resourceVersion }),
      next: (before) => {
        const { metadata: meta, ...rest } = before;
        const merged = mergePatched(asJson(rest), fields);
        const parts = {
          labels: mergePatched(meta.labels ?? {}, labels ?? {}),
          annotations: mergePatched(meta.annotations ?? {}, annotations ?? {}),
        };
        return {
          ...before,
          ...parsedAs<object>(JSON.stringify(merged)),
          metadata: { ...meta, ...parsedAs<object>(JSON.stringify(parts)) },
        };
      },
    });
  }

  /** Server-side apply of the spec or of the status; makes the object where there is none and it is the spec. */
  apply(
    kind: Kind,
    name: Name,
    { body, part, manager }: { body: JsonObject; part: 'spec' | 'status'; manager: string },
  ): Outcome {
    const given = isObject(body['metadata']) ? body['metadata'] : {};
    const known = this.get(kind, name);
    const fields = isObject(body[part]) ? body[part] : {};
    const memory = `${kind.plural} ${keyOf(name)} ${part} ${manager}`;
    if (known === undefined && part === 'spec' && given['uid'] === undefined) {
      this.#applied.set(memory, fields);
      return this.create(kind, name, { spec: fields }, manager);
    }
    const before = this.#applied.get(memory);
    const outcome = this.change(kind, name, {
      manager,
      preconditions: preconditionsOf(given),
      next: (object) => {
        const value = applied(object[part], before, fields);
        return { ...object, [part]: isObject(value) ? value : {} };
      },
    });
    if (outcome.ok) this.#applied.set(memory, fields);
    return outcome;
  }

  delete(kind: Kind, name: Name, manager: string, preconditions: Preconditions = {}): Outcome {
    const before = this.get(kind, name);
    const refusal = this.#refusal(before, name, preconditions);
    if (before === undefined || refusal !== undefined) return refusal ?? notFound(name);
    this.#objects.get(kind.plural)?.delete(keyOf(name));
    this.#owners.delete(before.metadata.uid);
    for (const memory of this.#applied.keys())
      if (memory.startsWith(`${kind.plural} ${keyOf(name)} `)) this.#applied.delete(memory);
    const object = withVersion(before, ++this.#version);
    this.#tell({ version: this.#version, type: 'DELETED', kind, before, object, manager });
    return { ok: true, object };
  }

  #refusal(
    before: Stored | undefined,
    name: Name,
    { uid, resourceVersion }: Preconditions,
  ): ReturnType<typeof refused> | undefined {
    if (before === undefined) return notFound(name);
    const { metadata } = before;
    if (
      (uid ?? metadata.uid) === metadata.uid &&
      (resourceVersion ?? metadata.resourceVersion) === metadata.resourceVersion
    )
      return undefined;
    return refused(409, 'Conflict', `${name.name} has been modified; apply your changes to the latest version`);
  }

  #commit(
    kind: Kind,
    { before, after, manager }: { before: Stored | undefined; after: Stored; manager: string },
  ): Stored {
    const owners = ownersAfter(this.#owners.get(after.metadata.uid) ?? new Map(), [before, after], {
      manager,
      time: this.#time.date().toISOString(),
    });
    if (TRACKED.has(kind.plural)) this.#owners.set(after.metadata.uid, owners);
    const object = withVersion(after, ++this.#version, TRACKED.has(kind.plural) ? owners : undefined);
    const ofKind = this.#objects.get(kind.plural) ?? new Map<string, Stored>();
    this.#objects.set(
      kind.plural,
      ofKind.set(keyOf({ namespace: object.metadata.namespace ?? '', name: object.metadata.name }), object),
    );
    const type = before === undefined ? 'ADDED' : 'MODIFIED';
    this.#tell({ version: this.#version, type, kind, before, object, manager });
    return object;
  }

  #tell(event: HistoryEvent): void {
    this.#history.push(event);
    for (const hear of this.#hearers) hear(event);
  }
}

function withGeneration(
  annotations: NonNullable<Meta['annotations']>,
  before: Stored,
  after: Stored,
): NonNullable<Meta['annotations']> {
  const isSame = JSON.stringify(before.spec?.['template']) === JSON.stringify(after.spec?.['template']);
  const was = Number(annotations[TEMPLATE_GENERATION] ?? '1');
  return { ...annotations, [TEMPLATE_GENERATION]: String(isSame ? was : was + 1) };
}

function withVersion(object: Stored, version: number, owners?: Owners): Stored {
  const fields = owners === undefined ? {} : { managedFields: managedFields(owners) };
  return { ...object, metadata: { ...object.metadata, ...fields, resourceVersion: String(version) } };
}

function preconditionsOf({ uid, resourceVersion }: JsonObject): Preconditions {
  return {
    ...(typeof uid === 'string' ? { uid } : {}),
    ...(typeof resourceVersion === 'string' ? { resourceVersion } : {}),
  };
}

function keyOf({ namespace, name }: Name): string {
  return `${namespace}/${name}`;
}

function notFound({ name }: Name): ReturnType<typeof refused> {
  return refused(404, 'NotFound', `${name} is not there`);
}

export function refused(status: number, reason: string, message: string): { readonly ok: false } & Refusal {
  return { ok: false, status, reason, message };
}

function asJson(value: object): JsonObject {
  return parsedAs<JsonObject>(JSON.stringify(value));
}
