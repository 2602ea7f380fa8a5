// A cluster for the command line that holds objects in memory: what is listed, got and applied, by kind.
import { KubeApiError } from '@dot-kube/operator';
import type { Cluster } from '../../../src/cli/world.js';

interface Stored {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
}

export interface FakeCluster extends Cluster {
  readonly applied: readonly object[];
  /** What was patched, and how. */
  readonly patched: readonly { readonly name: string; readonly body: unknown }[];
  readonly merged: readonly object[];
  readonly created: readonly object[];
  readonly isClosed: boolean;
}

/** @param forbidden kinds that may not be read */
export function aCluster(objects: readonly Stored[], forbidden: readonly string[] = []): FakeCluster {
  const applied: object[] = [];
  const patched: { name: string; body: unknown }[] = [];
  const notHere = async (): Promise<never> => {
    throw new Error('this cluster knows no such call');
  };
  const merged: object[] = [];
  const created: object[] = [];
  let isClosed = false;
  const readable = (kind: string): readonly Stored[] => {
    if (forbidden.includes(kind)) throw new KubeApiError(403, 'Forbidden', `cannot list ${kind}`);
    return objects.filter((one) => one.kind === kind);
  };
  return {
    applied,
    patched,
    signal: new AbortController().signal,
    client: {
      get: notHere,
      list: notHere,
      stream: notHere,
      delete: notHere,
      patch: async <O>(_: unknown, { name }: { name: string }, { body }: { body: unknown }) => {
        patched.push({ name, body });
        // eslint-disable-next-line @typescript-eslint/no-unsafe-type-assertion -- nobody reads the answer
        return {} as O;
      },
    },
    merged,
    created,
    create: async <O>(_: unknown, __: unknown, body: object) => {
      created.push(body);
      // eslint-disable-next-line @typescript-eslint/no-unsafe-type-assertion -- the API server answers with the object
      return body as O;
    },
    get isClosed() {
      return isClosed;
    },
    namespace: 'shop',
    get: async <O>({ kind }: { kind: string }, { namespace, name }: { namespace: string; name: string }) =>
      // eslint-disable-next-line @typescript-eslint/no-unsafe-type-assertion -- the test says what is stored
      readable(kind).find((one) => one.metadata.name === name && (one.metadata.namespace ?? '') === namespace) as
        O | undefined,
    list: async <O>({ kind }: { kind: string }, namespace?: string) =>
      // eslint-disable-next-line @typescript-eslint/no-unsafe-type-assertion -- the test says what is stored
      readable(kind).filter((one) => namespace === undefined || one.metadata.namespace === namespace) as O[],
    apply: async <O>(_: unknown, __: unknown, body: object) => {
      applied.push(body);
      // eslint-disable-next-line @typescript-eslint/no-unsafe-type-assertion -- the API server answers with the object
      return body as O;
    },
    merge: async <O>({ kind }: { kind: string }, { name }: { name: string }, body: object) => {
      merged.push(body);
      // eslint-disable-next-line @typescript-eslint/no-unsafe-type-assertion -- the API server answers with the object
      return readable(kind).find((one) => one.metadata.name === name) as O;
    },
    close: async () => {
      isClosed = true;
    },
  };
}

const createdAt = '2026-03-01T00:00:00Z';

export function stored(kind: string, name: string, more: object, namespace: string | undefined = 'shop'): Stored {
  return {
    kind,
    metadata: { name, creationTimestamp: createdAt, ...(namespace === '' ? {} : { namespace }) },
    ...more,
  } as Stored;
}

export function aResult(status: object, name = 'web', kind = 'Deployment'): Stored {
  const workloadRef = { apiVersion: 'apps/v1', kind, name, uid: 'uid-web' };
  return stored('XrayScanResult', `${kind.toLowerCase()}-${name}`, { spec: { workloadRef }, status });
}

export function aStoredDeployment(name = 'web'): Stored {
  return stored('Deployment', name, { spec: { template: { metadata: { labels: { app: name } } } } });
}

export function aResultViolation(differs: object = {}): object {
  return {
    ...{ policyKind: 'XrayPolicy', policy: 'shop/base', field: 'spec.security.minSeverity', reason: 'SeverityReached' },
    ...{ condition: 'Security', id: 'CVE-2026-0001', aliases: ['XRAY-1'], image: 'shop/web:1', severity: 'Critical' },
    ...{ summary: 'a buffer overflows', asks: 'ScaleDown', mode: 'Enforce' },
    ...{ firstSeen: '2026-03-01T11:00:00Z', dueAt: '2026-03-01T11:00:00Z' },
    ...differs,
  };
}
