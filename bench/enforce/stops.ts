// bench/enforce: when a Deployment came to zero, as a watch of our own tells it: the same that everybody else would see.
import type { KubeClient } from '@dot-kube/operator';

interface Line {
  readonly object: {
    readonly metadata: { readonly namespace: string; readonly name: string };
    readonly spec?: { readonly replicas?: number };
  };
}

export class Stops {
  readonly #atMs = new Map<string, number>();
  readonly #stop = new AbortController();
  readonly #watching: Promise<unknown>;

  constructor(client: KubeClient) {
    this.#watching = Promise.allSettled([this.#watch(client)]);
  }

  /** By the monotonic clock; undefined while it runs. */
  atMs(namespace: string, name: string): number | undefined {
    return this.#atMs.get(`${namespace}/${name}`);
  }

  async close(): Promise<void> {
    this.#stop.abort(new Error('seen enough'));
    await this.#watching;
  }

  async #watch(client: KubeClient): Promise<void> {
    const query = { watch: 'true', timeoutSeconds: '3600' };
    const call = { method: 'GET', verb: 'watch', path: '/apis/apps/v1/deployments', query } as const;
    let rest = '';
    for await (const chunk of await client.stream(call, this.#stop.signal)) {
      const lines = (rest + chunk.toString('utf8')).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) this.#saw(line);
    }
  }

  #saw(line: string): void {
    // eslint-disable-next-line @typescript-eslint/no-unsafe-type-assertion -- the API server's own event
    const { metadata, spec } = (JSON.parse(line) as Line).object;
    const key = `${metadata.namespace}/${metadata.name}`;
    if (spec?.replicas === 0 && !this.#atMs.has(key)) this.#atMs.set(key, performance.now());
  }
}
