/**
 * Which digest the cluster's pretended kubelets report for an image reference, so that a test knows it before a
 * pod runs. `cluster/kwok/image-id.tpl` is the same rule in kwok's template language.
 */
import { createHash } from 'node:crypto';

/** `nginx` → `docker.io/library/nginx:latest`: what a container runtime takes a reference without a digest to mean. */
export function normalisedReference(reference: string): string {
  const [first = '', ...rest] = reference.split('/');
  const hasHost = rest.length > 0 && (/[.:]/.test(first) || first === 'localhost');
  const host = hasHost ? first : 'docker.io';
  const path = hasHost ? rest.join('/') : reference;
  const inLibrary = host === 'docker.io' && !path.includes('/') ? `library/${path}` : path;
  return `${host}/${/:[^/]+$/.test(inLibrary) ? inLibrary : `${inLibrary}:latest`}`;
}

/** The digest in the reference if it has one, else the SHA-256 of the text of the normalised reference. */
export function digestOf(reference: string): string {
  const at = reference.indexOf('@');
  if (at >= 0) return reference.slice(at + 1);
  return `sha256:${createHash('sha256').update(normalisedReference(reference)).digest('hex')}`;
}
