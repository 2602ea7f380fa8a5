// scan: where images lie in Artifactory: read from what Xray says, and guessed from how a pod names an image. Pure.
import { type Digest, parseDigest } from '../workload/digest.js';
import { parseReference } from '../registry/reference.js';

// The files that stand for an image: one platform's manifest, and the index over several (XRAY.md 2.5).
const MANIFEST = /\/?(?:list\.)?manifest\.json$/;

/** The folder of an image, in one form for all that name it: `default/docker-local/shop/cart/1`. */
export function imageFolder(path: string): string {
  return path.replace(MANIFEST, '').replace(/^\/+|\/+$/g, '');
}

/** The digest that a path carries itself: `…/sha256:<hex>/manifest.json`, `…/sha256__<hex>/manifest.json`. */
export function digestInPath(path: string): Digest | undefined {
  const last = imageFolder(path).split('/').at(-1) ?? '';
  const hex = /^sha256(?::|__)([0-9a-fA-F]{64})$/.exec(last)?.[1];
  const parsed = hex === undefined ? undefined : parseDigest(hex);
  return parsed?.ok === true ? parsed.digest : undefined;
}

export interface ArtifactPlace {
  readonly repository: string;
  /** Within the repository, with the file: `shop/cart/1/manifest.json`. */
  readonly path: string;
}

/** `default/docker-local/shop/cart/1` → the manifest in it, and the index that may lie there instead. */
export function placesIn(folder: string): readonly ArtifactPlace[] {
  const [, repository, ...rest] = folder.split('/');
  if (repository === undefined || rest.length === 0) return [];
  return ['manifest.json', 'list.manifest.json'].map((file) => ({ repository, path: [...rest, file].join('/') }));
}

const MAX_PLACES = 4;

/**
 * Where Artifactory would keep an image, by the two ways in which it serves repositories to a container runtime: under a
 * path (`host/repository/image`) and under a host of their own (`repository.host/image`).
 */
export function likelyPlaces(references: readonly string[]): readonly ArtifactPlace[] {
  const places = references.flatMap((text) => {
    const reference = parseReference(text);
    if (reference === undefined) return [];
    const folder = reference.digest === undefined ? reference.tag : folderOfPinned(text, reference.tag);
    const [first = '', ...rest] = reference.repository.split('/');
    const host = reference.registry.split('.');
    return [
      ...(rest.length === 0 ? [] : [{ repository: first, path: `${rest.join('/')}/${folder}/manifest.json` }]),
      ...(host.length < 3
        ? []
        : [{ repository: host[0] ?? '', path: `${reference.repository}/${folder}/manifest.json` }]),
    ];
  });
  return [...new Map(places.map((place) => [`${place.repository}/${place.path}`, place])).values()].slice(
    0,
    MAX_PLACES,
  );
}

// `name:tag@digest` lies under its tag; a digest alone under the digest.
function folderOfPinned(text: string, tag: string): string {
  const [named = '', digest = ''] = text.split('@');
  return /:[^/]+$/.test(named) ? tag : digest;
}
