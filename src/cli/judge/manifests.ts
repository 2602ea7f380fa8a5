// cli/judge: from files to objects, each with where it stands, so that a report can point at the line.
import { type Document, isNode, LineCounter, parseAllDocuments } from 'yaml';
import { Trouble } from '../exit-code.js';
import { field, listAt, textAt } from '../field.js';
import type { SourceFile } from '../world.js';

export interface Manifest {
  readonly file: string;
  readonly apiVersion: string;
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  readonly object: unknown;
  /** The line of a field, from 1; of the object where the field is not there. */
  readonly lineOf: (path: readonly (string | number)[]) => number;
}

/** @param namespace of objects that name none @throws Trouble that names the file and the line */
export function manifestsIn(files: readonly SourceFile[], namespace: string): readonly Manifest[] {
  return files.flatMap((file) => manifestsOf(file, namespace));
}

function manifestsOf({ path: file, text }: SourceFile, namespace: string): readonly Manifest[] {
  const lines = new LineCounter();
  const documents = [...parseAllDocuments(text, { lineCounter: lines })];
  return documents.flatMap((document) => {
    const [error] = document.errors;
    if (error !== undefined) throw new Trouble(`${file} is no YAML: ${error.message.split('\n')[0] ?? ''}`);
    const json = jsonOf(document, file);
    if (json === null || json === undefined) return [];
    const lineOf = (path: readonly (string | number)[]): number => {
      const node = path.length === 0 ? document.contents : document.getIn([...path], true);
      const range = isNode(node) ? node.range : undefined;
      return range === undefined || range === null ? 0 : lines.linePos(range[0]).line;
    };
    return objectsIn(json)
      .filter(isForTheCluster)
      .map(({ object, path }) => {
        const own = lineOf(path) || 1;
        return manifest(file, object, { namespace, lineOf: (inside) => lineOf([...path, ...inside]) || own });
      });
  });
}

function jsonOf(document: Document.Parsed, file: string): unknown {
  try {
    const json: unknown = document.toJS();
    return json;
  } catch (error) {
    throw new Trouble(`${file} cannot be used: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** What is for kustomize alone stands beside the manifests in many folders. */
function isForTheCluster({ object }: Placed): boolean {
  return !textAt(object, 'apiVersion').startsWith('kustomize.config.k8s.io/');
}

interface Placed {
  readonly object: unknown;
  readonly path: readonly (string | number)[];
}

/** A List is what is in it. */
function objectsIn(json: unknown): readonly Placed[] {
  if (!textAt(json, 'kind').endsWith('List')) return [{ object: json, path: [] }];
  return listAt(json, 'items').map((object, at) => ({ object, path: ['items', at] }));
}

function manifest(file: string, object: unknown, at: Pick<Manifest, 'namespace' | 'lineOf'>): Manifest {
  const [apiVersion, kind, name] = [
    textAt(object, 'apiVersion'),
    textAt(object, 'kind'),
    textAt(object, 'metadata', 'name') || textAt(object, 'metadata', 'generateName'),
  ];
  if (apiVersion === '' || kind === '' || name === '')
    throw new Trouble(`${file}, line ${at.lineOf([])}: an object needs apiVersion, kind and metadata.name`);
  const own = field(object, 'metadata', 'namespace');
  const namespace = typeof own === 'string' && own !== '' ? own : at.namespace;
  return { file, apiVersion, kind, name, object, namespace, lineOf: at.lineOf };
}
