// chaos/real: watches every workload by itself, and tells the audit who changed what. The operator's note tells its writes; the proxy
// tells its deletions.
import type { KubeClient, ResourceCoordinates } from '@dot-kube/operator';
import { WORKLOAD_KINDS } from '../../../src/api/workload-kinds.js';
import { xrayScanResults } from '../../../src/api/v1alpha1/coordinates.js';
import type { Audit } from '../model/invariants.js';
import type { Workload } from '../model/workload.js';
import { isResultOf, type WireWorkload, workloadOf } from '../story/manifests.js';
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
  /** Of the watches: what they did not hear, nobody has judged. */
  readonly problems: string[] = [];

  constructor(ports: WitnessPorts) {
    this.#ports = ports;
    const watches = KINDS.map(async (kind) =>
      this.#watch(WORKLOAD_KINDS[kind], (text) => {
        this.#heard(kind, text);
      }),
    );
    const results = this.#watch(xrayScanResults, (text) => {
      this.#heardOfResult(text);
    });
    this.#watching = Promise.all([...watches, results]);
  }

  workloadsIn(isOfStory: (namespace: string) => boolean): readonly Workload[] {
    return [...this.#known.values()].filter(({ namespace }) => isOfStory(namespace));
  }

  async close(): Promise<void> {
    this.#stop.abort(new Error('seen enough'));
    await this.#watching;
  }

  async #watch(of: ResourceCoordinates, hear: (line: string) => void): Promise<void> {
    const why = await this.#hearAll(of, hear).then(
      () => 'its watch ended',
      (error: unknown) => (error instanceof Error ? error.message : 'its watch broke'),
    );
    if (!this.#stop.signal.aborted) this.problems.push(`the witness heard no more of ${of.plural}: ${why}`);
  }

  async #hearAll({ group, version, plural }: ResourceCoordinates, hear: (line: string) => void): Promise<void> {
    const path = group === '' ? `/api/${version}/${plural}` : `/apis/${group}/${version}/${plural}`;
    const query = { watch: 'true', timeoutSeconds: '3600' };
    const body = await this.#ports.client.stream({ method: 'GET', verb: 'watch', path, query }, this.#stop.signal);
    let rest = '';
    for await (const chunk of body) {
      const lines = (rest + chunk.toString('utf8')).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) hear(line);
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

  /** Told as late as what happened to workloads is. */
  #heardOfResult(text: string): void {
    // eslint-disable-next-line @typescript-eslint/no-unsafe-type-assertion -- the API server's own event
    const { metadata } = (JSON.parse(text) as Line).object;
    setTimeout(() => {
      this.#ports.auditOf(metadata.namespace ?? '')?.recorded((workload) => isResultOf({ metadata }, workload));
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
