/** A component of CycloneDX, as far as it is read here. */
export interface Component {
  readonly 'bom-ref': string;
  readonly name?: string;
  readonly type?: string;
}

export interface Bom {
  readonly serialNumber: string;
  readonly metadata: { readonly timestamp?: string; readonly component: Component };
  readonly components: readonly Component[];
  readonly dependencies: readonly { readonly ref: string; readonly dependsOn: readonly string[] }[];
}

export interface About {
  readonly name: string;
  readonly version: string;
  /** As npm names them: `name@version`. */
  readonly shipped: ReadonlySet<string>;
  readonly node: string;
}

export function writeSbom(root: string, folder: string, inputs: readonly string[]): Promise<void>;
export function placesOf(inputs: readonly string[]): readonly string[];
export function ofTheBundles(bom: Bom, about: About): Bom;
