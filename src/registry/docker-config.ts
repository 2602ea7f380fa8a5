// registry: the credentials in a pull secret, and which of them are meant for an image. Pure.
import { isObject, parseJson } from '../api/json.js';
import type { ImageReference } from './reference.js';

export interface RegistryCredentials {
  /** As the secret has it: `registry.example`, `https://index.docker.io/v1/`, `*.example.com/team`. */
  readonly place: string;
  readonly username: string;
  readonly password: string;
}

const NEW_KEY = '.dockerconfigjson';
const OLD_KEY = '.dockercfg';

/** @param data of a Secret: values in base64 @returns none where it holds nothing of the kind */
export function credentialsIn(data: Readonly<Record<string, string>>): readonly RegistryCredentials[] {
  const written = parse(data[NEW_KEY]);
  const auths = written === undefined ? parse(data[OLD_KEY]) : field(written, 'auths');
  return isObject(auths) ? Object.entries(auths).flatMap(([place, entry]) => credentialsOf(place, entry)) : [];
}

/** The most specific first, as the kubelet takes them. */
export function credentialsFor(
  { registry, repository }: Pick<ImageReference, 'registry' | 'repository'>,
  all: readonly RegistryCredentials[],
): readonly RegistryCredentials[] {
  const mine = all.filter(({ place }) => isMeantFor(place, registry, repository));
  return mine.toSorted((a, b) => b.place.length - a.place.length);
}

function credentialsOf(place: string, entry: unknown): RegistryCredentials[] {
  const [username, password] = [field(entry, 'username'), field(entry, 'password')];
  if (isText(username) && isText(password)) return [{ place, username, password }];
  const auth = field(entry, 'auth');
  const pair = isText(auth) ? Buffer.from(auth, 'base64').toString('utf8') : '';
  const at = pair.indexOf(':');
  return at < 1 ? [] : [{ place, username: pair.slice(0, at), password: pair.slice(at + 1) }];
}

// Host, port and the beginning of the path must be the same; * stands for a part of the host (Kubernetes, "Images").
function isMeantFor(place: string, registry: string, repository: string): boolean {
  const bare = place
    .replace(/^https?:\/\//, '')
    .replace(/\/v[12]\/?$/, '')
    .replace(/\/+$/, '');
  const [host = '', ...path] = bare.split('/');
  const wanted = registry === 'registry-1.docker.io' ? ['index.docker.io', 'docker.io', registry] : [registry];
  const prefix = path.join('/');
  const isBelow = prefix === '' || repository === prefix || repository.startsWith(`${prefix}/`);
  return isBelow && wanted.some((name) => isSameHost(host, name));
}

function isSameHost(pattern: string, host: string): boolean {
  const [patterns, parts] = [pattern.toLowerCase().split('.'), host.toLowerCase().split('.')];
  return patterns.length === parts.length && patterns.every((part, at) => matches(part, parts[at] ?? ''));
}

function matches(pattern: string, part: string): boolean {
  const [before = '', after, ...more] = pattern.split('*');
  if (after === undefined) return pattern === part;
  return (
    more.length === 0 && part.length >= before.length + after.length && part.startsWith(before) && part.endsWith(after)
  );
}

// A secret that is broken gives no access, as with the kubelet.
function parse(base64: string | undefined): unknown {
  return base64 === undefined ? undefined : parseJson(Buffer.from(base64, 'base64').toString('utf8'));
}

function field(of: unknown, name: string): unknown {
  return isObject(of) && Object.hasOwn(of, name) ? of[name] : undefined;
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}
