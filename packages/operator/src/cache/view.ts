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

export function viewOf<T>(source: Source<T>): View<T> {
  return {
    get size() {
      return source.size;
    },
    [Symbol.iterator]: () => source.values(),
    filter: (test) => source.values().filter(test).toArray(),
    map: (of) => source.values().map(of).toArray(),
    flatMap: <R>(of: (object: T) => readonly R[] | R) => [...source.values()].flatMap<R>(of),
    find: (test) => source.values().find(test),
    some: (test) => source.values().some(test),
  };
}

const EMPTY: View<never> = viewOf<never>(new Set<never>());

export function emptyView(): View<never> {
  return EMPTY;
}
