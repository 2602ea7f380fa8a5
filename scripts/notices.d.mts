/** A package of which something is shipped, as its own folder tells of it. */
export interface Shipped {
  readonly name: string;
  readonly version: string;
  readonly license: string;
  readonly author?: string | undefined;
  /** The words of its license, and what it wants to be told beside it. */
  readonly texts: readonly string[];
}

export function writeNotices(root: string, folder: string, inputs: readonly string[]): Promise<void>;
export function noticesOf(packages: readonly Shipped[]): string;
