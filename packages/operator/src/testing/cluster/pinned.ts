/** Which programs the cluster is made of, in which versions (from binaries/go.mod), and where built ones are kept. */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';

/** Beside src/ and dist/, so that it is found from either. */
export const ASSETS_DIRECTORY = join(import.meta.dirname, '..', '..', '..', 'cluster');
export const GO_MODULE_DIRECTORY = join(ASSETS_DIRECTORY, 'binaries');

/** Each program, its Go package, in the order of building: what takes longest comes first. */
export const PROGRAMS = {
  'kube-apiserver': 'k8s.io/kubernetes/cmd/kube-apiserver',
  'kube-controller-manager': 'k8s.io/kubernetes/cmd/kube-controller-manager',
  'kube-scheduler': 'k8s.io/kubernetes/cmd/kube-scheduler',
  kwok: 'sigs.k8s.io/kwok/cmd/kwok',
  etcd: 'go.etcd.io/etcd/server/v3',
  kubectl: 'k8s.io/kubernetes/cmd/kubectl',
} as const;

export type Program = keyof typeof PROGRAMS;
// Object.entries forgets which keys it saw.
export const PROGRAM_NAMES = Object.keys(PROGRAMS).filter((name): name is Program => name in PROGRAMS);

export interface PinnedVersions {
  readonly kubernetes: string;
  readonly etcd: string;
  readonly kwok: string;
}

/** Reads the three versions from the text of go.mod. */
export function pinnedVersions(goMod: string): PinnedVersions {
  const versionOf = (module: string): string => {
    const version = new RegExp(`^\\s*(?:require )?${module.replaceAll('.', '\\.')} (v\\S+)`, 'm').exec(goMod)?.[1];
    if (version === undefined) {
      throw new Error(`cluster/binaries/go.mod requires no ${module}; run "go mod tidy" in that folder`);
    }
    return version;
  };
  return {
    kubernetes: versionOf('k8s.io/kubernetes'),
    etcd: versionOf('go.etcd.io/etcd/server/v3'),
    kwok: versionOf('sigs.k8s.io/kwok'),
  };
}

/** `go build -ldflags`: no symbols, and the version that the API server answers at /version. */
export function linkerFlags({ kubernetes }: PinnedVersions): string {
  const [major = '', minor = ''] = kubernetes.slice(1).split('.');
  const version = 'k8s.io/component-base/version';
  return [
    '-s -w',
    `-X ${version}.gitVersion=${kubernetes}`,
    `-X ${version}.gitMajor=${major}`,
    `-X ${version}.gitMinor=${minor}`,
  ].join(' ');
}

export interface Pinned {
  readonly versions: PinnedVersions;
  /** The folder of this exact build; the programs lie in its `bin/`. */
  readonly cacheDirectory: string;
}

/**
 * Reads go.mod and go.sum: any change of theirs names another folder.
 *
 * @param cacheName the folder below the user's caches
 */
export async function readPinned(env: NodeJS.ProcessEnv, cacheName: string): Promise<Pinned> {
  const goMod = await readFile(join(GO_MODULE_DIRECTORY, 'go.mod'), 'utf8');
  const goSum = await readFile(join(GO_MODULE_DIRECTORY, 'go.sum'), 'utf8');
  const versions = pinnedVersions(goMod);
  const hash = createHash('sha256').update([goMod, goSum, process.platform, process.arch].join('\0'));
  const folder = `kubernetes-${versions.kubernetes}_etcd-${versions.etcd}_kwok-${versions.kwok}_${hash.digest('hex').slice(0, 12)}`;
  const caches = notEmpty(env['XDG_CACHE_HOME']) ?? join(homedir(), '.cache');
  return { versions, cacheDirectory: join(caches, cacheName, 'cluster', folder) };
}

/** An environment variable that is set to nothing counts as not set. */
export function notEmpty(text: string | undefined): string | undefined {
  return text === '' ? undefined : text;
}
