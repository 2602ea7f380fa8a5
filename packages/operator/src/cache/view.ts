// cache: a look at objects of a store that copies none of them. It shows what the store has at the moment it is read,
// and gives its reader nothing that could be changed.

export interface View<T> extends Iterable<T> {
  readonly size: number;
  /** A new array of those that pass. */
  filter(test: (object: T) => boolean): T[];
  map<R>(of: (object: T) => R): R[];
  flatMap<R>(of: (object: T) => readonly R[] | R): R[];
  find(test: (object: T) => boolean): T | undefined;
  some(test: (object: T) => boolean): boolean;
}

interface Source<T> {
  readonly size: number;
  values(): IteratorObject<T>;
}

/** @param source asked for whenever the view is read: what was there may have been replaced since */
export function viewOf<T>(source: () => Source<T>): View<T> {
  return {
    get size() {
      return source().size;
    },
    [Symbol.iterator]: () => source().values(),
    filter: (test) => source().values().filter(test).toArray(),
    map: (of) => source().values().map(of).toArray(),
    flatMap: <R>(of: (object: T) => readonly R[] | R) => [...source().values()].flatMap<R>(of),
    find: (test) => source().values().find(test),
    some: (test) => source().values().some(test),
  };
}

const NOTHING: Source<never> = new Set<never>();
const EMPTY: View<never> = viewOf(() => NOTHING);

/** Of what will never be there. */
export function emptyView(): View<never> {
  return EMPTY;
}

/** Of what is found by a key, or not. */
export function viewAt<T>(sources: ReadonlyMap<string, Source<T>>, key: string): View<T> {
  return viewOf(() => sources.get(key) ?? NOTHING);
}
