// bench/days: a cluster in which each day is like the other: all that runs is rolled out once, some of it is new and goes again, some
// images turn out to have a critical issue and lose it again, a policy gives an exception that ends, and watches break.
import { silentLogger } from '@dot-kube/operator';
import { ApiServer } from '../../test/chaos/simulated/api-server.js';
import { Controllers, kinds } from '../../test/chaos/simulated/cluster.js';
import type { JsonObject } from '../../test/chaos/simulated/objects.js';
import { OPERATOR_NAMESPACE, type Surroundings } from '../../test/chaos/simulated/operator.js';
import { type HistoryEvent, type Kind, type Name, ObjectStore } from '../../test/chaos/simulated/store.js';
import { SimulatedTime } from '../../test/chaos/simulated/time.js';
import { SimulatedXray } from '../../test/chaos/simulated/xray.js';
import { type Facts, issues } from '../../test/chaos/story/findings.js';
import { Random } from '../../test/chaos/story/random.js';

const WORKLOADS = 240;
const NAMESPACES = 12;
const GUESTS = 12; // each day others
const REPLICAS = 3;
const REVISIONS_KEPT = 2;
const MINUTES_A_DAY = 24 * 60;
const BETWEEN_ROLLOUTS = MINUTES_A_DAY / WORKLOADS;
const BAD_EVERY = 24;
const BAD_FROM = 60; // minutes after the rollout
const BAD_FOR = 240;
const BREAK_EVERY = 360;
const HOUR = 60;
const SUMMARY = 'A flaw in the parser lets whoever sends a crafted message read beyond the end of a buffer.';

const custom = (kind: string, plural: string): Kind => ({ group: 'kubexray.io', version: 'v1alpha1', plural, kind });
const connections = custom('XrayConnection', 'xrayconnections');
const clusterPolicies = custom('ClusterXrayPolicy', 'clusterxraypolicies');
const exceptions = custom('XrayException', 'xrayexceptions');
const results = custom('XrayScanResult', 'xrayscanresults');
const events: Kind = { group: '', version: 'v1', plural: 'events', kind: 'Event' };

export interface Tally {
  readonly stops: number;
  readonly restores: number;
  readonly rollouts: number;
  readonly resultWrites: number;
}

const NOTHING: Tally = { stops: 0, restores: 0, rollouts: 0, resultWrites: 0 };

export class Town {
  readonly time = new SimulatedTime(new Date('2026-03-01T00:00:00Z'));
  readonly surroundings: Surroundings;
  readonly #random = new Random(1);
  readonly #store = new ObjectStore(this.time);
  readonly #xray = new SimulatedXray(this.time, this.#random);
  readonly #api = new ApiServer(this.#store, this.time, this.#random);
  #tally = NOTHING;

  constructor() {
    const { time } = this;
    new Controllers(this.#store, time, this.#random);
    this.surroundings = {
      ...{ time, random: this.#random, api: this.#api, xray: this.#xray },
      protectedNamespaces: [],
      brake: undefined,
      logOf: () => silentLogger,
    };
    this.#store.onChange((event) => {
      this.#count(event);
    });
    this.#install();
  }

  /** What happens in this minute of the day. */
  minute(day: number, minute: number): void {
    if (minute === 0) this.#arrive(day);
    if (minute === MINUTES_A_DAY - HOUR) this.#leave(day);
    if (minute % HOUR === 0) this.#tidy();
    if (minute % BREAK_EVERY === BREAK_EVERY / 2)
      this.#api.break({ kind: 'watches break', gone: minute > MINUTES_A_DAY / 2 }, 0);
    if (minute % BETWEEN_ROLLOUTS === 0) this.#rollOut(minute / BETWEEN_ROLLOUTS, day);
    for (const [since, issue] of [
      [BAD_FROM, true],
      [BAD_FROM + BAD_FOR, false],
    ] as const) {
      const workload = (minute - since) / BETWEEN_ROLLOUTS;
      if (workload >= 0 && workload % BAD_EVERY === 0) this.#tell(imageOf(workload, day), factsOf(workload, issue));
    }
  }

  takeTally(): Tally {
    const tally = this.#tally;
    this.#tally = NOTHING;
    return tally;
  }

  counts(): Readonly<Record<string, number>> {
    const all = [kinds.namespace, kinds.deployment, kinds.replicaSet, kinds.pod, results, exceptions];
    return Object.fromEntries(all.map((kind) => [kind.plural, this.#store.list(kind).length]));
  }

  forgetHistory(): void {
    this.#store.forgetHistory();
    this.#xray.forgetRequests();
  }

  #install(): void {
    const create = (kind: Kind, name: Name, body: object): void => {
      this.#create(kind, name, body);
    };
    for (let i = 0; i < NAMESPACES; i++) create(kinds.namespace, { namespace: '', name: `town-${i}` }, {});
    create(kinds.namespace, { namespace: '', name: OPERATOR_NAMESPACE }, {});
    const labels = { 'kubernetes.io/os': 'linux', 'kubernetes.io/arch': 'amd64' };
    create(kinds.node, { namespace: '', name: 'node-1' }, { metadata: { labels } });
    const data = { accessToken: Buffer.from('token').toString('base64') };
    create(kinds.secret, { namespace: OPERATOR_NAMESPACE, name: 'xray' }, { data });
    create(connections, { namespace: '', name: 'default' }, { spec: CONNECTION });
    create(clusterPolicies, { namespace: '', name: 'base' }, { spec: POLICY });
    for (let i = 0; i < WORKLOADS; i++) {
      this.#tell(imageOf(i, 0), factsOf(i, false));
      create(kinds.deployment, nameOf(i), deployment(nameOf(i).name, imageOf(i, 0)));
    }
  }

  #rollOut(workload: number, day: number): void {
    const image = imageOf(workload, day);
    this.#tell(image, factsOf(workload, false));
    const template = { spec: { containers: [{ name: 'main', image }] } };
    this.#store.merge(kinds.deployment, nameOf(workload), { spec: { template } }, 'user');
    if (day > REVISIONS_KEPT) this.#tell(imageOf(workload, day - REVISIONS_KEPT - 1), 'none');
    this.#tally = { ...this.#tally, rollouts: this.#tally.rollouts + 1 };
  }

  /** A namespace of its own, with an exception that ends before it. */
  #arrive(day: number): void {
    const namespace = `guests-${day}`;
    this.#create(kinds.namespace, { namespace: '', name: namespace }, { metadata: { labels: { day: String(day) } } });
    const expiresAt = new Date(this.time.date().getTime() + MINUTES_A_DAY * 30_000).toISOString();
    const spec = { vulnerabilities: ['CVE-2026-0009'], reason: 'it is not reached', expiresAt };
    this.#create(exceptions, { namespace, name: 'waived' }, { spec });
    for (let i = 0; i < GUESTS; i++) {
      const image = imageOf(WORKLOADS + i, day);
      this.#tell(image, factsOf(i, i === 0));
      this.#create(kinds.deployment, { namespace, name: `guest-${i}` }, deployment(`guest-${i}`, image));
    }
  }

  #leave(day: number): void {
    const namespace = `guests-${day}`;
    for (let i = 0; i < GUESTS; i++) {
      this.#store.delete(kinds.deployment, { namespace, name: `guest-${i}` }, 'user');
      this.#tell(imageOf(WORKLOADS + i, day), 'none');
    }
    this.#store.delete(exceptions, { namespace, name: 'waived' }, 'user');
    this.#store.delete(kinds.namespace, { namespace: '', name: namespace }, 'user');
  }

  /** What a cluster does by itself: Events go after an hour, and Deployments keep so many ReplicaSets. */
  #tidy(): void {
    this.forgetHistory();
    for (const { metadata } of this.#store.list(events))
      this.#store.delete(events, { namespace: metadata.namespace ?? '', name: metadata.name }, 'kube-apiserver');
    const sets = Map.groupBy(
      this.#store.list(kinds.replicaSet),
      ({ metadata }) => `${metadata.namespace}/${metadata.ownerReferences?.[0]?.name}`,
    );
    for (const of of sets.values())
      for (const { metadata } of of.slice(0, -1 - REVISIONS_KEPT))
        this.#store.delete(
          kinds.replicaSet,
          { namespace: metadata.namespace ?? '', name: metadata.name },
          'kube-controller-manager',
        );
  }

  #tell(image: string, truth: Facts | 'none'): void {
    this.#xray.tell(image, truth);
  }

  #create(kind: Kind, name: Name, body: object): void {
    const made = this.#store.create(kind, name, body, 'user');
    if (!made.ok) throw new Error(made.message);
  }

  #count({ kind, manager, before, object }: HistoryEvent): void {
    if (manager !== 'kubexray-operator') return;
    const add = (what: keyof Tally): void => {
      this.#tally = { ...this.#tally, [what]: this.#tally[what] + 1 };
    };
    if (kind.plural === results.plural) add('resultWrites');
    if (kind.plural !== 'deployments') return;
    const [wasStopped, isStopped] = [before, object].map((one) => one?.spec?.['replicas'] === 0);
    if (isStopped === true && wasStopped === false) add('stops');
    if (wasStopped === true && isStopped === false) add('restores');
  }
}

const CONNECTION = {
  url: 'http://xray',
  credentialsSecretRef: { name: 'xray' },
  pollInterval: '1m',
  resyncInterval: '1h',
  timeout: '10s',
  indexResolution: 'None',
};

const POLICY = {
  tier: 'Required',
  mode: 'Enforce',
  security: { minSeverity: 'Critical', actions: { deployments: 'ScaleDown' } },
};

function nameOf(workload: number): Name {
  return { namespace: `town-${workload % NAMESPACES}`, name: `app-${workload}` };
}

function imageOf(workload: number, day: number): string {
  return `team/app-${workload}:${day}.0`;
}

/** Found in no violations, only by asking: else the simulated Xray would keep each of them for ever. */
function factsOf(workload: number, hasCritical: boolean): Facts & { readonly watched: false } {
  const usual = Array.from({ length: 10 }, (_, i) => ({
    ...issues.medium,
    issue_id: `XRAY-${100 + ((workload * 7 + i) % 500)}`,
    summary: SUMMARY,
  }));
  return { issues: hasCritical ? [...usual, issues.critical] : usual, licenses: ['MIT'], watched: false };
}

function deployment(name: string, image: string): JsonObject {
  const template = { metadata: { labels: { app: name } }, spec: { containers: [{ name: 'main', image }] } };
  return { spec: { replicas: REPLICAS, selector: { matchLabels: { app: name } }, template } };
}
