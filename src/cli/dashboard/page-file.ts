// cli/dashboard: what a browser is served before it has shown any token: the same files for everybody.

interface PageFile {
  /** Its media type. */
  readonly type: string;
  readonly text: string;
}

export interface PageFiles {
  readonly html: PageFile;
  /** By their paths. */
  readonly assets: ReadonlyMap<string, PageFile>;
}
