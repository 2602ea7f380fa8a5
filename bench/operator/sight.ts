// bench/operator: when a result was written and a workload stopped, as a watch of our own tells it.
import type { KubeClient } from '@dot-kube/operator';
import { bodyOf } from './body.js';

interface Seen {
  readonly type: string;
  readonly object: {
    readonly metadata: { readonly namespace: string; readonly name: string; readonly resourceVersion: string };
    readonly spec?: { readonly replicas?: number; readonly workloadRef?: { readonly name: string } };
    readonly status?: { readonly verdict?: string };
  };
}

export class Sight {
  readonly #stop = new AbortController();
  readonly #watching: Promise<unknown>[] = [];
  /** By namespace and workload: when its result had a verdict first, and when last. */
  readonly resultFirstMs = new Map<string, number>();
  readonly resultLastMs = new Map<string, number>();
  readonly verdicts = new Map<string, string>();
  readonly stoppedMs = new Map<string, number>();
  readonly restoredMs = new Map<string, number>();
  /** Times that a Deployment came to zero. */
  stops = 0;
  writes = 0;

  async begin(client: KubeClient): Promise<void> {
    await this.#watch(client, '/apis/kubexray.io/v1alpha1/xrayscanresults', (seen) => {
      this.#sawResult(seen);
    });
    await this.#watch(client, '/apis/apps/v1/deployments', (seen) => {
      this.#sawDeployment(seen);
    });
  }

  async end(): Promise<void> {
    this.#stop.abort(new Error('seen enough'));
    await Promise.allSettled(this.#watching);
  }

  /** From what is there now on. The API server ends a watch that falls behind: it goes on where it ended. */
  async #watch(client: KubeClient, path: string, saw: (seen: Seen) => void): Promise<void> {
    const page = await bodyOf(client, { method: 'GET', verb: 'list', path, query: { limit: '1' } });
    let resourceVersion = /"metadata":\{[^}]*"resourceVersion":"(\d+)"/.exec(page)?.[1];
    const query = { watch: 'true', timeoutSeconds: '3600' };
    const open = async (): Promise<AsyncIterable<Buffer>> =>
      client.stream({ method: 'GET', verb: 'watch', path, query: { ...query, resourceVersion } }, this.#stop.signal);
    const note = (seen: Seen): void => {
      resourceVersion = seen.object.metadata.resourceVersion;
      saw(seen);
    };
    const follow = async (first: AsyncIterable<Buffer>): Promise<void> => {
      for (let stream = first; !this.#stop.signal.aborted; stream = await open())
        await read(stream, note).catch(() => undefined);
    };
    this.#watching.push(follow(await open()));
  }

  #sawResult({ type, object: { metadata, spec, status } }: Seen): void {
    if (type === 'DELETED') return;
    this.writes++;
    const key = `${metadata.namespace}/${spec?.workloadRef?.name ?? ''}`;
    if (status?.verdict === undefined) return;
    const nowMs = performance.now();
    if (!this.resultFirstMs.has(key)) this.resultFirstMs.set(key, nowMs);
    this.resultLastMs.set(key, nowMs);
    this.verdicts.set(key, status.verdict);
  }

  isStopped(key: string): boolean {
    return this.stoppedMs.has(key) && !this.restoredMs.has(key);
  }

  #sawDeployment({ object: { metadata, spec } }: Seen): void {
    const key = `${metadata.namespace}/${metadata.name}`;
    const wasStopped = this.isStopped(key);
    if (spec?.replicas === 0 && !wasStopped) {
      this.stops++;
      this.stoppedMs.set(key, performance.now());
      this.restoredMs.delete(key);
    } else if (spec?.replicas !== 0 && wasStopped) this.restoredMs.set(key, performance.now());
  }
}

async function read(stream: AsyncIterable<Buffer>, saw: (seen: Seen) => void): Promise<void> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of stream) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n');
    rest = lines.pop() ?? '';
    // eslint-disable-next-line @typescript-eslint/no-unsafe-type-assertion -- the API server's own event
    for (const line of lines) saw(JSON.parse(line) as Seen);
  }
}
