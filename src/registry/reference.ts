// registry: what an image reference names: a registry, a repository in it, and a tag or digest. Pure.
import { type Digest, digestOfReference } from '../workload/digest.js';

export interface ImageReference {
  /** As it is spoken to: `registry-1.docker.io` for Docker Hub. */
  readonly registry: string;
  /** `library/nginx` */
  readonly repository: string;
  readonly tag: string;
  readonly digest: Digest | undefined;
}

const DOCKER_HUB = new Set(['docker.io', 'index.docker.io']);
// Grammar of the distribution project: path components of lower-case letters and digits between separators.
const REPOSITORY = /^[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*)*$/;
const TAG = /^\w[\w.-]{0,127}$/;
const HOST = /^[A-Za-z0-9.-]+(?::\d{1,5})?$|^\[[0-9a-fA-F:]+\](?::\d{1,5})?$/;

/** @returns undefined where it is no reference that could be pulled */
export function parseReference(text: string): ImageReference | undefined {
  const [named = ''] = text.split('@');
  const { host, path } = hostAndPath(named);
  const [repository = '', tag = 'latest'] = path.split(':', 2);
  if (!REPOSITORY.test(repository) || !TAG.test(tag) || !HOST.test(host)) return undefined;
  const common = { tag, digest: digestOfReference(text) };
  if (!DOCKER_HUB.has(host)) return { registry: host, repository, ...common };
  const isOfficial = !repository.includes('/');
  return {
    registry: 'registry-1.docker.io',
    repository: isOfficial ? `library/${repository}` : repository,
    ...common,
  };
}

// The first part is a host if it could not be the beginning of a path: it holds a dot or a port, or is this machine.
function hostAndPath(named: string): { readonly host: string; readonly path: string } {
  const [first = '', ...rest] = named.split('/');
  const hasHost = rest.length > 0 && (/[.:]/.test(first) || first === 'localhost');
  return hasHost ? { host: first, path: rest.join('/') } : { host: 'docker.io', path: named };
}
