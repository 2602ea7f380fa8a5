// registry: reads one manifest from an image's registry, with token or basic authentication (OCI distribution specification).
import { createHash } from 'node:crypto';
import { type Dispatcher, request } from 'undici';
import { type Digest, hexOf, parseDigest } from '../workload/digest.js';
import { type Challenge, parseChallenge, tokenUrl } from './challenge.js';
import type { RegistryCredentials } from './docker-config.js';
import { ManifestDto, TokenDto } from './manifest.dto.js';
import type { IndexEntry } from './platform.js';
import type { ImageReference } from './reference.js';
import { type Parsed, parseShape } from '../shape/parse-shape.js';

export type Manifest = { readonly kind: 'image' } | { readonly kind: 'index'; readonly entries: readonly IndexEntry[] };

/** What a registry would not show, as a sentence for people. */
export class RegistryError extends Error {
  override readonly name = 'RegistryError';
}

export interface RegistryOptions {
  /** Connections that trust these authorities (PEM) besides Node's own. */
  readonly wayOut: (caBundle: string | undefined) => Dispatcher;
  readonly timeoutMs: number;
  /** Registries that are spoken to in plain HTTP; for tests on this machine. */
  readonly isPlain?: (registry: string) => boolean;
}

const INDEX_TYPES = [
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
];
const ACCEPT = [
  ...INDEX_TYPES,
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.docker.distribution.manifest.v2+json',
].join(', ');
const MAX_BYTES = 4 * 1024 * 1024; // the specification's limit for manifests

interface Got {
  readonly status: number;
  readonly challenge: Challenge;
  readonly body: Buffer;
}

export class RegistryClient {
  readonly #options: RegistryOptions;
  #way: { readonly caBundle: string | undefined; readonly dispatcher: Dispatcher };

  constructor(options: RegistryOptions) {
    this.#options = options;
    this.#way = { caBundle: undefined, dispatcher: options.wayOut(undefined) };
  }

  /** From now on these authorities are trusted, too. */
  async trust(caBundle: string | undefined): Promise<void> {
    const before = this.#way;
    if (before.caBundle === caBundle) return;
    this.#way = { caBundle, dispatcher: this.#options.wayOut(caBundle) };
    await before.dispatcher.destroy();
  }

  /** Leaves no socket open. */
  async close(): Promise<void> {
    await this.#way.dispatcher.destroy();
  }

  /**
   * @param credentials tried one after the other; none = anonymously
   * @throws RegistryError; the signal's reason when it aborts
   */
  async manifest(
    of: ImageReference,
    digest: Digest,
    credentials: readonly RegistryCredentials[],
    signal: AbortSignal,
  ): Promise<Manifest> {
    const { registry, repository } = of;
    const scheme = this.#options.isPlain?.(registry) === true ? 'http' : 'https';
    const url = new URL(`${scheme}://${registry}/v2/${repository}/manifests/${digest}`);
    const got = await this.#withAuthentication(url, of, credentials, signal);
    if (got.status === 200) return manifestIn(got.body, digest, registry);
    throw new RegistryError(refusal(got.status, of));
  }

  async #withAuthentication(
    url: URL,
    { repository }: ImageReference,
    credentials: readonly RegistryCredentials[],
    signal: AbortSignal,
  ): Promise<Got> {
    let got = await this.#get(url, undefined, signal);
    const { challenge } = got; // a refusal of some credentials need not say again what is asked for
    for (const one of [...credentials, undefined]) {
      if (got.status !== 401) return got;
      const authorization = await this.#authorization(challenge, repository, one, signal);
      if (authorization !== undefined) got = await this.#get(url, authorization, signal);
      if (got.status === 403) got = { ...got, status: 401 }; // these may not; the next ones may
    }
    return got;
  }

  /** @returns undefined where these credentials give none */
  async #authorization(
    challenge: Challenge,
    repository: string,
    credentials: RegistryCredentials | undefined,
    signal: AbortSignal,
  ): Promise<string | undefined> {
    const basic = credentials === undefined ? undefined : basicOf(credentials);
    switch (challenge.kind) {
      case 'none':
        return undefined;
      case 'basic':
        return basic;
      case 'bearer': {
        const { realm } = challenge;
        if (realm.protocol !== 'https:' && this.#options.isPlain?.(realm.host) !== true) return undefined;
        const got = await this.#get(tokenUrl(challenge, repository), basic, signal);
        const token = got.status === 200 ? tokenIn(got.body) : undefined;
        return token === undefined ? undefined : `Bearer ${token}`;
      }
    }
  }

  async #get(url: URL, authorization: string | undefined, signal: AbortSignal): Promise<Got> {
    const { timeoutMs } = this.#options;
    const { dispatcher } = this.#way;
    try {
      const { statusCode, headers, body } = await request(url, {
        dispatcher,
        signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
        headers: { accept: ACCEPT, ...(authorization === undefined ? {} : { authorization }) },
      });
      const asks = headers['www-authenticate'];
      const challenge = parseChallenge(typeof asks === 'string' ? asks : asks?.[0]);
      return { status: statusCode, challenge, body: await bounded(body, url.host) };
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof RegistryError) throw error;
      throw new RegistryError(`the registry ${url.host} cannot be reached`, { cause: error });
    }
  }
}

function basicOf({ username, password }: RegistryCredentials): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
}

function tokenIn(body: Buffer): string | undefined {
  const parsed = shaped(TokenDto, body);
  return parsed.ok ? (parsed.value.token ?? parsed.value.access_token ?? undefined) : undefined;
}

async function bounded(chunks: AsyncIterable<Uint8Array>, host: string): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of chunks) {
    size += chunk.length;
    if (size > MAX_BYTES) throw new RegistryError(`the registry ${host} answers with more than 4 MiB`);
    parts.push(chunk);
  }
  return Buffer.concat(parts);
}

/** What does not hash to the digest is not what was asked for, whoever sends it. */
function manifestIn(body: Buffer, digest: Digest, registry: string): Manifest {
  if (createHash('sha256').update(body).digest('hex') !== hexOf(digest))
    throw new RegistryError(`the registry ${registry} answers with something else than was asked for`);
  const parsed = shaped(ManifestDto, body);
  if (!parsed.ok) throw new RegistryError(`the manifest in ${registry} is not as expected: ${parsed.problem}`);
  const { manifests, mediaType } = parsed.value;
  const isIndex = manifests !== undefined && manifests !== null;
  if (!isIndex && !INDEX_TYPES.includes(mediaType ?? '')) return { kind: 'image' };
  return {
    kind: 'index',
    entries: (manifests ?? []).flatMap(({ digest: text, platform }): IndexEntry[] => {
      const entry = parseDigest(text);
      if (!entry.ok || platform === undefined || platform === null) return [];
      const { os, architecture, variant } = platform;
      return [{ digest: entry.digest, os, architecture, variant: variant ?? undefined }];
    }),
  };
}

function shaped<T extends object>(shape: new () => T, body: Buffer): Parsed<T> {
  try {
    return parseShape(shape, JSON.parse(body.toString('utf8')));
  } catch {
    return { ok: false, problem: 'it is no JSON' };
  }
}

function refusal(status: number, { registry, repository }: ImageReference): string {
  switch (status) {
    case 401:
    case 403:
      return `the registry ${registry} does not show ${repository} (${status}); give its pods a pull secret that the operator may read`;
    case 404:
      return `the registry ${registry} no longer has this digest in ${repository} (404)`;
    case 429:
      return `the registry ${registry} takes no more requests (429)`;
    default:
      return `the registry ${registry} answered ${status}`;
  }
}
