// client: the writes of one field manager, typed by resource. What the API server answers goes into the cache at once,
// so that whoever reads next reads what was written, whether or not the watch has brought it yet.
import type { Known } from '../cache/shared-cache.js';
import type { Origin } from '../cache/store.js';
import { apiVersionOf, keyText, type ObjectKey, type ResourceCoordinates } from '../resource/coordinates.js';
import type { Kept, Resource, WireObject } from '../resource/resource.js';
import { isOfOurMaking } from './authorship.js';
import { type FinalizerChange, finalizerPatch, type Finalized } from './finalizers.js';
import type { DeleteOptions, KubeClient, Patch } from './kube-client.js';
import type { StatusPace } from './status-pace.js';

export interface WriteOptions {
  /** The pass's own by default. */
  readonly signal?: AbortSignal;
}

export interface StatusOptions extends WriteOptions, Precondition {
  /**
   * The object gets a status no more often than this: a write that comes sooner waits, and where several wait only the last
   * is sent, whose answer all of them get. At once by default.
   */
  readonly atMostEveryMs?: number;
}

/** What a body needs not say: kind and apiVersion come from the resource. */
export type ObjectBody = Readonly<Record<string, unknown>> & {
  readonly metadata: FieldsOf & { readonly name: string; readonly namespace?: string };
};

/** Fields to be owned, without kind, apiVersion and name. */
export type FieldsOf = Readonly<Record<string, unknown>>;

/** Of whom it is, the writer knows. */
export type UnnamedPatch = Omit<Patch, 'fieldManager' | 'force' | 'type'> & {
  readonly type: 'merge' | 'strategic' | 'json';
};

/** Of the object or its status. What is answered of its scale is a Scale, and no object of the kind: `patchAt` is for that. */
export type ObjectPatch = Omit<UnnamedPatch, 'subresource'> & { readonly subresource?: 'status' };

/**
 * Only where the object is still what it was when it was looked at: the API server answers `Conflict` to another
 * resourceVersion, and `Invalid` to another uid.
 */
export interface Precondition {
  readonly uid?: string;
  readonly resourceVersion?: string;
}

/** To a write. */
export interface Answer {
  readonly wire: WireObject;
  /** Else it is what somebody else made, and the write changed nothing. */
  readonly isOurs: boolean;
}

export interface WriterPorts {
  readonly client: Pick<KubeClient, 'create' | 'update' | 'patch' | 'delete'>;
  /** At most 128 characters. The API server tells what it owns of an object from what it owns of a subresource. */
  readonly fieldManager: string;
  readonly signal: AbortSignal;
  readonly origin?: Origin;
  readonly pace: StatusPace<Answer>;
  /** Takes the answer into the cache of the resource, where there is one. */
  readonly wrote: <T extends Kept, I extends string>(resource: Resource<T, I>, wire: WireObject, origin?: Origin) => T;
  /** The same for every cache of a kind in that version. */
  readonly wroteAt: (coordinates: ResourceCoordinates, wire: WireObject, origin?: Origin) => void;
  /** What each cache of a kind can say of an object before it is written to. */
  readonly known: (coordinates: ResourceCoordinates, key: ObjectKey) => readonly Known[];
  readonly now: () => Date;
}

/** All throw KubeApiError. */
export class Writer {
  readonly #ports: WriterPorts;

  constructor(ports: WriterPorts) {
    this.#ports = ports;
  }

  /** @throws KubeApiError with reason `AlreadyExists` where the name is taken */
  async create<T extends Kept, I extends string>(
    resource: Resource<T, I>,
    body: ObjectBody,
    { signal = this.#ports.signal }: WriteOptions = {},
  ): Promise<T> {
    const { client, fieldManager } = this.#ports;
    const { coordinates } = resource;
    const whole = { apiVersion: apiVersionOf(coordinates), kind: coordinates.kind, ...body };
    const namespace = body.metadata.namespace ?? '';
    const wire = await client.create<WireObject>(coordinates, namespace, whole, { signal, fieldManager });
    return this.#taken(resource, { wire, isOurs: true });
  }

  /** Replaces the whole object. @throws KubeApiError with reason `Conflict` where its resourceVersion is not the newest */
  async update<T extends Kept, I extends string>(
    resource: Resource<T, I>,
    body: ObjectBody,
    { signal = this.#ports.signal }: WriteOptions = {},
  ): Promise<T> {
    const { client, fieldManager } = this.#ports;
    const { coordinates } = resource;
    const key = { namespace: body.metadata.namespace ?? '', name: body.metadata.name };
    const whole = { apiVersion: apiVersionOf(coordinates), kind: coordinates.kind, ...body };
    const send = async (): Promise<WireObject> => client.update(coordinates, key, whole, { signal, fieldManager });
    return this.#taken(resource, await this.#answered(coordinates, key, send));
  }

  /**
   * Server-side apply, by force: these fields are ours from now on, and those that were ours and are not in here are
   * dropped. Makes the object where there is none.
   */
  async apply<T extends Kept, I extends string>(
    resource: Resource<T, I>,
    key: ObjectKey,
    { metadata, ...fields }: FieldsOf & { readonly metadata?: FieldsOf },
    options: WriteOptions & Precondition = {},
  ): Promise<T> {
    const body = { ...fields, metadata: { ...metadata, ...preconditionOf(options), ...nameOf(key) } };
    return this.#apply(resource, body, options);
  }

  /** The same for the status. */
  async applyStatus<T extends Kept, I extends string>(
    resource: Resource<T, I>,
    key: ObjectKey,
    status: object,
    options: StatusOptions = {},
  ): Promise<T> {
    const body = { metadata: { ...preconditionOf(options), ...nameOf(key) }, status };
    return this.#apply(resource, body, options, 'status');
  }

  /** @param patch of any type but `apply`; a precondition in it makes the API server answer `Conflict` */
  async patch<T extends Kept, I extends string>(
    resource: Resource<T, I>,
    key: ObjectKey,
    patch: ObjectPatch,
    { signal = this.#ports.signal }: WriteOptions = {},
  ): Promise<T> {
    const { client, fieldManager } = this.#ports;
    const { coordinates } = resource;
    const send = async (): Promise<WireObject> =>
      client.patch(coordinates, key, { ...patch, fieldManager }, { signal });
    return this.#taken(resource, await this.#answered(coordinates, key, send));
  }

  /**
   * The same where what is written to is known by its coordinates alone: each cache of its kind and version takes the answer in.
   *
   * @returns what the API server answered
   */
  async patchAt(
    coordinates: ResourceCoordinates,
    key: ObjectKey,
    patch: UnnamedPatch,
    { signal = this.#ports.signal }: WriteOptions = {},
  ): Promise<WireObject> {
    const { client, fieldManager, origin, wroteAt } = this.#ports;
    const send = async (): Promise<WireObject> =>
      client.patch(coordinates, key, { ...patch, fieldManager }, { signal });
    if (patch.subresource === 'scale') return send(); // what it answers is a Scale
    const { wire, isOurs } = await this.#answered(coordinates, key, send);
    wroteAt(coordinates, wire, isOurs ? origin : undefined);
    return wire;
  }

  /** @throws KubeApiError with reason `Conflict` where a precondition does not hold */
  async delete(
    resource: Resource<Kept, string> | Pick<Resource<Kept, string>, 'coordinates'>,
    key: ObjectKey,
    options: DeleteOptions = {},
    { signal = this.#ports.signal }: WriteOptions = {},
  ): Promise<void> {
    await this.#ports.client.delete(resource.coordinates, key, options, { signal });
  }

  /**
   * Adds or removes a finalizer; nothing is sent where it is so already. Add it before the first outside effect, and
   * remove it after the last has been undone.
   *
   * @throws KubeApiError with reason `Invalid` where the finalizers are no longer what they were
   */
  async finalizer<T extends Kept & Finalized, I extends string>(
    resource: Resource<T, I>,
    object: T,
    change: FinalizerChange,
    options: WriteOptions = {},
  ): Promise<T> {
    const body = finalizerPatch(object, change);
    return body === undefined ? object : this.patch(resource, object, { type: 'json', body }, options);
  }

  async #apply<T extends Kept, I extends string>(
    resource: Resource<T, I>,
    fields: ObjectBody,
    { signal = this.#ports.signal, atMostEveryMs }: StatusOptions,
    subresource?: 'status',
  ): Promise<T> {
    const { coordinates } = resource;
    const { client, fieldManager, pace } = this.#ports;
    const { namespace = '', name } = fields.metadata;
    const apiVersion = apiVersionOf(coordinates);
    const key = { namespace, name };
    const patch: Patch = {
      type: 'apply',
      body: { apiVersion, kind: coordinates.kind, ...fields },
      fieldManager,
      force: true,
      ...(subresource === undefined ? {} : { subresource }),
    };
    const send = async (): Promise<Answer> =>
      this.#answered(coordinates, key, async () => client.patch(coordinates, key, patch, { signal }));
    if (atMostEveryMs === undefined) return this.#taken(resource, await send());
    const whose = [fieldManager, apiVersion, coordinates.plural, keyText(key)].join(' ');
    return this.#taken(resource, await pace.next(whose, { everyMs: atMostEveryMs, signal }, send));
  }

  async #answered(coordinates: ResourceCoordinates, key: ObjectKey, send: () => Promise<WireObject>): Promise<Answer> {
    const { fieldManager, known, now } = this.#ports;
    const before = known(coordinates, key);
    const wire = await send();
    return { wire, isOurs: isOfOurMaking(wire, { fieldManager, known: before, now: now() }) };
  }

  #taken<T extends Kept, I extends string>(resource: Resource<T, I>, { wire, isOurs }: Answer): T {
    return this.#ports.wrote(resource, wire, isOurs ? this.#ports.origin : undefined);
  }
}

function nameOf({ namespace, name }: ObjectKey): ObjectBody['metadata'] {
  return namespace === '' ? { name } : { namespace, name };
}

function preconditionOf({ uid, resourceVersion }: Precondition): Precondition {
  return {
    ...(uid === undefined ? {} : { uid }),
    ...(resourceVersion === undefined ? {} : { resourceVersion }),
  };
}
