// Reviews as the API server sends them, and hooks asked without a server.
import { silentLogger } from '../../../src/telemetry/logger.js';
import type { Hook } from '../../../src/webhook/hook.js';

export const widgets = {
  group: 'example.com',
  version: 'v1',
  plural: 'widgets',
  kind: 'Widget',
  namespaced: true,
} as const;

export interface Widget {
  readonly metadata: { readonly name: string; readonly labels?: Readonly<Record<string, string>> };
  readonly spec: { readonly size: number };
}

export function widget(size: number): Widget {
  return { metadata: { name: 'a' }, spec: { size } };
}

export function admissionReview(request: object = {}): object {
  return {
    apiVersion: 'admission.k8s.io/v1',
    kind: 'AdmissionReview',
    request: {
      uid: 'u-1',
      kind: { group: 'example.com', version: 'v1', kind: 'Widget' },
      resource: { group: 'example.com', version: 'v1', resource: 'widgets' },
      namespace: 'shop',
      name: 'a',
      operation: 'CREATE',
      userInfo: { username: 'ann', uid: '7', groups: ['dev', 7], extra: { 'example.com/team': ['web'] } },
      object: widget(1),
      oldObject: null,
      dryRun: false,
      options: { apiVersion: 'meta.k8s.io/v1', kind: 'CreateOptions' },
      ...request,
    },
  };
}

export interface Heard {
  readonly decided: (readonly [allowed: boolean, code: number])[];
  failed: number;
}

export function nobody(): Heard {
  return { decided: [], failed: 0 };
}

export async function ask(hook: Hook, review: unknown, heard: Heard = nobody()): Promise<unknown> {
  return hook.answer(
    review,
    { signal: new AbortController().signal, log: silentLogger },
    {
      decided: (...verdict) => heard.decided.push(verdict),
      failed: () => heard.failed++,
    },
  );
}
