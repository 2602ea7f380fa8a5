// reconcile: which changes are worth a look. They judge updates; what comes and what goes always is.
import { isDeepStrictEqual } from 'node:util';
import type { ResourceEvent } from '../cache/store.js';
import type { Kept } from '../resource/resource.js';

export type Predicate<T> = (event: ResourceEvent<T>) => boolean;

/** A projection that keeps the annotations, or those that count. */
interface Annotated {
  readonly annotations?: Readonly<Record<string, string>> | undefined;
}

function whereUpdate<T>(differs: (old: T, object: T) => boolean): Predicate<T> {
  return (event) => event.type !== 'update' || differs(event.old, event.object);
}

/**
 * The spec changed. Not for kinds without a generation, such as Pod: the API server counts none for them, and everything
 * would be hidden.
 */
const generationChanged: Predicate<Kept> = whereUpdate((old, object) => old.generation !== object.generation);

const labelsChanged: Predicate<Kept> = whereUpdate((old, object) => !isDeepStrictEqual(old.labels, object.labels));

const annotationsChanged: Predicate<Annotated> = whereUpdate(
  (old, object) => !isDeepStrictEqual(old.annotations, object.annotations),
);

/** Anything changed at all: everything but the regular look at all objects. */
const resourceVersionChanged: Predicate<Kept> = whereUpdate(
  (old, object) => old.resourceVersion !== object.resourceVersion,
);

function and<A, B>(one: Predicate<A>, other: Predicate<B>): Predicate<A & B> {
  return (event) => one(event) && other(event);
}

function or<A, B>(one: Predicate<A>, other: Predicate<B>): Predicate<A & B> {
  return (event) => one(event) || other(event);
}

function not<T>(holds: Predicate<T>): Predicate<T> {
  return (event) => !holds(event);
}

export const predicates = {
  generationChanged,
  labelsChanged,
  annotationsChanged,
  resourceVersionChanged,
  and,
  or,
  not,
} as const;
