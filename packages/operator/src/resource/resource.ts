// resource: a kind as an operator declares it: where it lives, what is kept of each object, and by what it is found.
import type { Message } from '../protobuf/message.js';
import { readsManagedFields, withKept } from '../protobuf/meta-v1.js';
import type { Misfits } from '../protobuf/misfits.js';
import type { ResourceCoordinates } from './coordinates.js';

/** What is kept of every object, whatever the projection. */
export interface Kept {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly resourceVersion: string;
  readonly generation: number;
  readonly labels: Readonly<Record<string, string>>;
  readonly creationTimestamp: string;
  readonly deletionTimestamp?: string;
}

export interface Scope {
  readonly namespace?: string;
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
}

/** The metadata that every object from the API server has. */
export interface WireObject {
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly uid: string;
    readonly resourceVersion: string;
    readonly generation?: number;
    readonly labels?: Readonly<Record<string, string>>;
    readonly creationTimestamp?: string;
    readonly deletionTimestamp?: string;
    readonly annotations?: Readonly<Record<string, string>>;
    managedFields?: readonly { readonly manager?: string; readonly time?: string }[] | undefined;
  };
}

export type Indexer<T> = (object: T) => readonly string[];

/** A resource as the watch sees it, which knows nothing of what is kept. */
export type Watched = Pick<Resource<Kept, string>, 'coordinates' | 'selection' | 'traits' | 'shape' | 'name'>;

/** What a watch may rely on. */
export interface ResourceTraits {
  /** Only metadata is sent by the API server (PartialObjectMetadata). */
  readonly metadataOnly: boolean;
  /** The kind may be unknown to the API server; it is then asked for again from time to time. */
  readonly optional: boolean;
  /** Of two resource versions of an object, the greater is the newer: so for all that lies in etcd. */
  readonly orderedVersions: boolean;
  /** Lists are never asked for as a stream. */
  readonly pagesOnly: boolean;
  /** The projection never gets to see `metadata.managedFields`. */
  readonly dropsManagedFields: boolean;
}

interface Definition<T extends Kept> {
  readonly coordinates: ResourceCoordinates;
  readonly scope: Scope;
  readonly traits: ResourceTraits;
  readonly shape: Message<object> | undefined;
  readonly project: (wire: WireObject) => T;
  readonly indexers: ReadonlyMap<string, Indexer<T>>;
}

/** Immutable: each step gives a new one. Two watches share a cache when they name the same `Resource` value. */
export class Resource<T extends Kept, I extends string = never> {
  readonly coordinates: ResourceCoordinates;
  readonly selection: Scope;
  readonly traits: ResourceTraits;
  /** What is read of each object where the API server sends protobuf; undefined: it is asked for JSON. */
  readonly shape: Message<object> | undefined;
  readonly indexers: ReadonlyMap<string, Indexer<T>>;
  /** Makes the small object that is kept. What comes in is what the API server sent; its schema is trusted. */
  readonly keep: (wire: WireObject) => T;
  // Only there so that the names of the indexes are part of the type.
  declare readonly indexNames: I;

  constructor(definition: Definition<T>) {
    this.coordinates = definition.coordinates;
    this.selection = definition.scope;
    this.traits = definition.traits;
    this.shape = definition.shape;
    this.indexers = definition.indexers;
    this.keep = definition.project;
  }

  /** Names the watch in errors and metrics: the kind, and what of it. */
  get name(): string {
    const { plural, group } = this.coordinates;
    const { namespace, labelSelector, fieldSelector } = this.selection;
    const selectors = [labelSelector, fieldSelector].filter((selector) => selector !== undefined);
    return [
      group === '' ? plural : `${plural}.${group}`,
      ...(namespace === undefined ? [] : [`in ${namespace}`]),
      ...(selectors.length === 0 ? [] : [`with ${selectors.join(' and ')}`]),
    ].join(' ');
  }

  /** Objects can then be found by each of the texts that `by` gives. */
  index<N extends string>(name: N, by: Indexer<T>): Resource<T, I | N> {
    return new Resource<T, I | N>({
      coordinates: this.coordinates,
      scope: this.selection,
      traits: this.traits,
      shape: this.shape,
      project: this.keep,
      indexers: new Map([...this.indexers, [name, by]]),
    });
  }
}

const USUAL: ResourceTraits = {
  metadataOnly: false,
  optional: false,
  orderedVersions: true,
  pagesOnly: false,
  dropsManagedFields: false,
};

type Steps = Pick<Definition<Kept>, 'coordinates' | 'scope' | 'traits' | 'shape'>;

/** Does not compile where the shape is not one of the kind, and says at which fields. */
type Fitting<D, W> = [Misfits<D, W>] extends [never] ? unknown : { readonly 'not so in the kind': Misfits<D, W> };

/** Where a kind lives, and the type that its objects have on the wire: all that is to be known of it where nothing is kept. */
export interface WireKind<W> {
  readonly coordinates: ResourceCoordinates;
  project(project: (wire: W) => object): unknown;
}

/** The steps before a projection is given. */
export class ResourceBuilder<W> implements WireKind<W> {
  readonly #steps: Steps;

  constructor(steps: Steps) {
    this.#steps = steps;
  }

  get coordinates(): ResourceCoordinates {
    return this.#steps.coordinates;
  }

  scope(scope: Scope): ResourceBuilder<W> {
    return new ResourceBuilder<W>({ ...this.#steps, scope });
  }

  /**
   * For the kinds that Kubernetes itself has: the API server is asked for protobuf, of which no more than the shape is read, and
   * the projection sees no more than that. Where a server answers JSON, as for custom resources, that is read.
   *
   * @param shape made with `@dot-kube/operator/protobuf`; what is kept of every object need not be in it
   */
  protobuf<D extends object>(shape: Message<D> & Fitting<D, W>): ResourceBuilder<D> {
    const traits = { ...this.#steps.traits, dropsManagedFields: !readsManagedFields(shape) };
    return new ResourceBuilder<D>({ ...this.#steps, traits, shape: withKept(shape) });
  }

  /** Only metadata is sent by the API server (PartialObjectMetadata). */
  metadataOnly(): ResourceBuilder<W> {
    return this.#with({ metadataOnly: true });
  }

  /** The kind need not be installed: its cache is empty until it is, and again when it is no more. */
  optional(): ResourceBuilder<W> {
    return this.#with({ optional: true });
  }

  /** For what an aggregated API server keeps elsewhere than in etcd: its versions tell nothing of age. */
  unorderedVersions(): ResourceBuilder<W> {
    return this.#with({ orderedVersions: false });
  }

  /** For a server that streams lists badly: they come in pages from the start. It is found out, too, where it shows. */
  listInPages(): ResourceBuilder<W> {
    return this.#with({ pagesOnly: true });
  }

  /**
   * The projection gets no `metadata.managedFields`: they are taken out of an event before it is parsed, which costs half as
   * much then. For all but those who want to know which field manager owns what.
   */
  withoutManagedFields(): ResourceBuilder<W> {
    return this.#with({ dropsManagedFields: true });
  }

  /** @param project runs for every event; it builds a new, small object and keeps no part of the wire's strings alive */
  project<T extends object>(project: (wire: W) => T): Resource<Kept & T> {
    const { dropsManagedFields } = this.#steps.traits;
    return new Resource<Kept & T>({
      ...this.#steps,
      project: (wire) => {
        if (dropsManagedFields) forgetManagedFields(wire); // pages and answers to writes come with them
        // eslint-disable-next-line @typescript-eslint/no-unsafe-type-assertion -- the API server validated it against the kind's schema
        return { ...project(wire as unknown as W), ...kept(wire) };
      },
      indexers: new Map(),
    });
  }

  #with(traits: Partial<ResourceTraits>): ResourceBuilder<W> {
    return new ResourceBuilder<W>({ ...this.#steps, traits: { ...this.#steps.traits, ...traits } });
  }
}

export function resource<W>(coordinates: ResourceCoordinates): ResourceBuilder<W> {
  return new ResourceBuilder<W>({ coordinates, scope: {}, traits: USUAL, shape: undefined });
}

function forgetManagedFields({ metadata }: WireObject): void {
  if ('managedFields' in metadata) metadata.managedFields = undefined;
}

function kept({ metadata }: WireObject): Kept {
  return {
    namespace: metadata.namespace ?? '',
    name: metadata.name,
    uid: metadata.uid,
    resourceVersion: metadata.resourceVersion,
    generation: metadata.generation ?? 0,
    labels: metadata.labels ?? {},
    creationTimestamp: metadata.creationTimestamp ?? '',
    ...(metadata.deletionTimestamp === undefined ? {} : { deletionTimestamp: metadata.deletionTimestamp }),
  };
}
