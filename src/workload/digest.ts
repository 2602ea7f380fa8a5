/** workload: the name that an image bears on its way through every later stage, read off what a runtime or a pod template says. */

const HEX = /^[0-9a-f]{64}$/u;
const PREFIX = 'sha256:';

declare const digest: unique symbol;

/** `sha256:` and 64 lower-case hexadecimal digits. Only the functions of this file make one. */
export type Digest = string & { readonly [digest]: true };

export type ParsedDigest =
  { readonly ok: true; readonly digest: Digest } | { readonly ok: false; readonly why: string };

/** Says what was wrong with the text where it is not a digest. Hexadecimal digits may come in upper case, and without `sha256:`. */
export function parseDigest(text: string): ParsedDigest {
  const lower = text.trim().toLowerCase();
  if (lower === '') return { ok: false, why: 'it is empty' };
  const [algorithm, hex] = lower.includes(':') ? split(lower, ':') : ['sha256', lower];
  if (algorithm !== 'sha256')
    return { ok: false, why: `its algorithm is ${algorithm}, Xray knows images by sha256 only` };
  if (hex.length !== 64) return { ok: false, why: `it has ${hex.length} hexadecimal digits instead of 64` };
  const candidate = PREFIX + hex;
  return isDigest(candidate)
    ? { ok: true, digest: candidate }
    : { ok: false, why: 'it holds signs that are not hexadecimal' };
}

export function isDigest(text: string): text is Digest {
  return text.startsWith(PREFIX) && HEX.test(text.slice(PREFIX.length));
}

/** The 64 hexadecimal digits alone, which is how Xray wants a checksum. */
export function hexOf(of: Digest): string {
  return of.slice(PREFIX.length);
}

/**
 * The digest in a container status' `imageID`, or undefined where there is none yet (it is empty until the image is pulled).
 *
 * Forms: `repo@sha256:…` (containerd, CRI-O), `docker-pullable://repo@sha256:…`, and for images without a repository digest
 * `sha256:…`, `docker://sha256:…` or `containerd://sha256:…`. The last three are the digest of the image's configuration,
 * under which Xray knows nothing; only Xray can say so, so they are digests here too.
 */
export function digestOfImageId(imageId: string): Digest | undefined {
  const [, afterScheme] = imageId.includes('://') ? split(imageId, '://') : ['', imageId];
  const [, afterName] = afterScheme.includes('@') ? splitLast(afterScheme, '@') : ['', afterScheme];
  return withPrefix(afterName);
}

/** The digest that an image reference pins (`repo[:tag]@sha256:…`), or undefined where it names a tag only. */
export function digestOfReference(imageReference: string): Digest | undefined {
  if (!imageReference.includes('@')) return undefined;
  return withPrefix(splitLast(imageReference, '@')[1]);
}

// A bare hexadecimal word is no digest here: it may be the name of a repository.
function withPrefix(text: string): Digest | undefined {
  const parsed = text.includes(':') ? parseDigest(text) : undefined;
  return parsed?.ok === true ? parsed.digest : undefined;
}

function split(text: string, by: string): [before: string, after: string] {
  const at = text.indexOf(by);
  return [text.slice(0, at), text.slice(at + by.length)];
}

function splitLast(text: string, by: string): [before: string, after: string] {
  const at = text.lastIndexOf(by);
  return [text.slice(0, at), text.slice(at + by.length)];
}
