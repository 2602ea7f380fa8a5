// api: limits of a result that its writer has to keep to, apart from the decorators that put them into the schema.

/** Characters of a kept manifest: with all else that a result says it stays far below the 1.5 MiB that etcd takes. */
export const MAX_MANIFEST = 262_144;
