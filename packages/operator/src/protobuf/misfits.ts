// protobuf: holds what a shape says against the type of the kind, when it is compiled: no field may be named that the kind has not, or
// has as something else.

/**
 * The paths of the fields in which a decoded `D` would not be a cut-down `W`; `never` where there are none. Times are texts on
 * the wire, and a `Date` in the types of `@kubernetes/client-node`.
 */
export type Misfits<D, W, Path extends string = ''> = [D] extends [readonly (infer DE)[]]
  ? [W] extends [readonly (infer WE)[]]
    ? Misfits<DE, WE, `${Path}[]`>
    : Path
  : [D] extends [object]
    ? { [K in keyof D & string]-?: MisfitsOf<D, W, K, `${Path}.${K}`> }[keyof D & string]
    : [W] extends [D]
      ? never
      : [W, D] extends [Date, string]
        ? never
        : Path;

type MisfitsOf<D, W, K extends keyof D, Path extends string> = K extends keyof W
  ? IsOptional<W, K> extends true
    ? IsOptional<D, K> extends true
      ? Misfits<NonNullable<D[K]>, NonNullable<W[K]>, Path>
      : Path
    : Misfits<NonNullable<D[K]>, NonNullable<W[K]>, Path>
  : Path;

type IsOptional<T, K extends keyof T> = object extends Pick<T, K> ? true : false;
