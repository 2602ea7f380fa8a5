// chaos/real: watches every workload by itself, and tells the audit who changed what. The operator's note tells its writes; the proxy
// tells its deletions.
import type { KubeClient } from '@dot-kube/operator';
import { WORKLOAD_KINDS } from '../../../src/api/workload-kinds.js';
import type { Audit } from '../model/invariants.js';
import type { Workload } from '../model/workload.js';
import { type WireWorkload, workloadOf } from '../story/manifests.js';
import { WORKLOAD_KINDS as KINDS, type WorkloadKind } from '../story/world.js';

export interface WitnessPorts {
  readonly client: KubeClient;
  /** Of the story that the namespace belongs to. */
  readonly auditOf: (namespace: string) => Audit | undefined;
  readonly wasDeletedByOperator: (path: string) => boolean;
  /** By the stories' clock. */
  readonly nowMs: () => number;
}

interface Line {
  readonly type: string;
  readonly object: WireWorkload & { readonly metadata: { readonly ownerReferences?: readonly object[] } };
}

// What a write of the story makes of the model is told when its answer is there, which may be after the operator has acted on it.
const TOLD_WITHIN_MS = 1_000;

export class Witness {
  readonly #ports: WitnessPorts;
  readonly #known = new Map<string, Workload>();
  readonly #stop = new AbortController();
  readonly #watching: Promise<unknown>;
  readonly problems: string[] = [];

  constructor(ports: WitnessPorts) {
    this.#ports = ports;
    this.#watching = Promise.allSettled(KINDS.map(async (kind) => this.#watch(kind)));
  }

  workloadsIn(isOfStory: (namespace: string) => boolean): readonly Workload[] {
    return [...this.#known.values()].filter(({ namespace }) => isOfStory(namespace));
  }

  async close(): Promise<void> {
    this.#stop.abort(new Error('seen enough'));
    await this.#watching;
  }

  async #watch(kind: WorkloadKind): Promise<void> {
    const { group, version, plural } = WORKLOAD_KINDS[kind];
    const path = group === '' ? `/api/${version}/${plural}` : `/apis/${group}/${version}/${plural}`;
    const query = { watch: 'true', timeoutSeconds: '3600' };
    const body = await this.#ports.client.stream({ method: 'GET', verb: 'watch', path, query }, this.#stop.signal);
    let rest = '';
    for await (const chunk of body) {
      const lines = (rest + chunk.toString('utf8')).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) this.#heard(kind, line);
    }
  }

  #heard(kind: WorkloadKind, text: string): void {
    // eslint-disable-next-line @typescript-eslint/no-unsafe-type-assertion -- the API server's own event
    const { type, object } = JSON.parse(text) as Line;
    const audit = this.#ports.auditOf(object.metadata.namespace ?? '');
    if (audit === undefined || object.metadata.ownerReferences !== undefined) return;
    const after = workloadOf({ ...object, kind });
    const before = this.#known.get(after.uid);
    const atMs = this.#ports.nowMs() + TOLD_WITHIN_MS;
    if (type === 'DELETED') this.#known.delete(after.uid);
    else this.#known.set(after.uid, after);
    setTimeout(() => {
      this.#tell(audit, { before, after: type === 'DELETED' ? undefined : after, atMs }, pathOf(after));
    }, TOLD_WITHIN_MS);
  }

  #tell(audit: Audit, change: Omit<Parameters<Audit['changed']>[0], 'by'>, path: string): void {
    const { before, after } = change;
    if (JSON.stringify(before) === JSON.stringify(after)) return; // a status, or what a controller annotates
    const isOperators =
      after === undefined
        ? this.#ports.wasDeletedByOperator(path)
        : before?.note !== after.note || before?.rolledBack !== after.rolledBack;
    audit.changed({ by: before !== undefined && isOperators ? 'operator' : 'user', ...change });
  }
}

function pathOf({ kind, namespace, name }: Workload): string {
  const { group, version, plural } = WORKLOAD_KINDS[kind];
  return `${group === '' ? `/api/${version}` : `/apis/${group}/${version}`}/namespaces/${namespace}/${plural}/${name}`;
}
