// resource: a kind as an operator declares it: where it lives, what is kept of each object, and by what it is found.
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
  };
}

export type Indexer<T> = (object: T) => readonly string[];

interface Definition<W, T extends Kept> {
  readonly coordinates: ResourceCoordinates;
  readonly scope: Scope;
  readonly metadataOnly: boolean;
  readonly project: (wire: W & WireObject) => T;
  readonly indexers: ReadonlyMap<string, Indexer<T>>;
}

/** Immutable: each step gives a new one. Two watches share a cache when they name the same `Resource` value. */
export class Resource<T extends Kept, I extends string = never> {
  readonly coordinates: ResourceCoordinates;
  readonly selection: Scope;
  readonly asksMetadataOnly: boolean;
  readonly indexers: ReadonlyMap<string, Indexer<T>>;
  /** Makes the small object that is kept. What comes in is what the API server sent; its schema is trusted. */
  readonly keep: (wire: WireObject) => T;
  // Only there so that the names of the indexes are part of the type.
  declare readonly indexNames: I;

  constructor(definition: Definition<WireObject, T>) {
    this.coordinates = definition.coordinates;
    this.selection = definition.scope;
    this.asksMetadataOnly = definition.metadataOnly;
    this.indexers = definition.indexers;
    this.keep = definition.project;
  }

  /** Objects can then be found by each of the texts that `by` gives. */
  index<N extends string>(name: N, by: Indexer<T>): Resource<T, I | N> {
    return new Resource<T, I | N>({
      coordinates: this.coordinates,
      scope: this.selection,
      metadataOnly: this.asksMetadataOnly,
      project: this.keep,
      indexers: new Map([...this.indexers, [name, by]]),
    });
  }
}

/** The steps before a projection is given. */
export class ResourceBuilder<W> {
  readonly #coordinates: ResourceCoordinates;
  readonly #scope: Scope;
  readonly #metadataOnly: boolean;

  constructor(coordinates: ResourceCoordinates, scope: Scope = {}, metadataOnly = false) {
    this.#coordinates = coordinates;
    this.#scope = scope;
    this.#metadataOnly = metadataOnly;
  }

  scope(scope: Scope): ResourceBuilder<W> {
    return new ResourceBuilder(this.#coordinates, scope, this.#metadataOnly);
  }

  /** Only metadata is sent by the API server (PartialObjectMetadata). */
  metadataOnly(): ResourceBuilder<W> {
    return new ResourceBuilder(this.#coordinates, this.#scope, true);
  }

  /** @param project runs for every event; it builds a new, small object and keeps no part of the wire's strings alive */
  project<T extends object>(project: (wire: W) => T): Resource<Kept & T> {
    return new Resource<Kept & T>({
      coordinates: this.#coordinates,
      scope: this.#scope,
      metadataOnly: this.#metadataOnly,
      // eslint-disable-next-line @typescript-eslint/no-unsafe-type-assertion -- the API server validated it against the kind's schema
      project: (wire) => ({ ...project(wire as unknown as W), ...kept(wire) }),
      indexers: new Map(),
    });
  }
}

export function resource<W>(coordinates: ResourceCoordinates): ResourceBuilder<W> {
  return new ResourceBuilder<W>(coordinates);
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
