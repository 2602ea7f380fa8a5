// chaos/simulated: plays the API server to the operator's own client: lists, watches, writes, and everything that goes wrong with them.
import type { Random } from '../story/random.js';
import type { ApiFault } from '../story/world.js';
import type { Asked, Reply, Server } from './carrier.js';
import { type JsonObject, parsedAs, type Stored } from './objects.js';
import { type HistoryEvent, type Kind, type Name, type ObjectStore, type Outcome, refused } from './store.js';
import type { SimulatedTime } from './time.js';

interface Target extends Name {
  readonly kind: Kind;
  readonly subresource: string;
}

interface Stream {
  readonly kind: Kind;
  readonly namespace: string;
  readonly metadataOnly: boolean;
  readonly reply: Reply;
  /** What was sent last must arrive first. */
  arrivesMs: number;
  isSilent: boolean;
}

const LONGEST_WAY_MS = 12;
const LONGEST_WATCH_LAG_MS = 60;
const BOOKMARK_EVERY_MS = 50_000;

export class ApiServer {
  readonly #store: ObjectStore;
  readonly #time: SimulatedTime;
  readonly #random: Random;
  readonly #streams = new Set<Stream>();
  readonly #faults = new Set<ApiFault>();

  constructor(store: ObjectStore, time: SimulatedTime, random: Random) {
    this.#store = store;
    this.#time = time;
    this.#random = random;
    store.onChange((event) => {
      for (const stream of this.#streams) this.#pass(stream, event);
    });
  }

  /** As one process reaches it. @param isAlive a request of a process that died may still arrive, and it may not */
  readonly server = (isAlive: () => boolean): Server => {
    return (asked, reply) => {
      this.#time.after(this.#way(), () => {
        if (!isAlive() && this.#random.chance(0.5)) return;
        this.#arrived(asked, reply);
      });
    };
  };

  break(fault: ApiFault, forMs: number): void {
    if (fault.kind === 'watches break' || fault.kind === 'restart') {
      if (fault.kind === 'restart' || fault.gone) this.#store.forgetHistory();
      for (const { reply } of [...this.#streams]) reply.break();
    }
    if (fault.kind === 'watches silent') for (const stream of this.#streams) stream.isSilent = true;
    if (fault.kind === 'watches break' || fault.kind === 'watches silent') return;
    this.#faults.add(fault);
    this.#time.after(forMs, () => this.#faults.delete(fault));
  }

  #arrived(asked: Asked, reply: Reply): void {
    const fault = this.#faultOf(asked);
    if (fault === 'unreachable') {
      reply.break();
      return;
    }
    if (typeof fault === 'number') {
      this.#answer(reply, refused(fault, fault === 429 ? 'TooManyRequests' : 'InternalError', 'as the story wants it'));
      return;
    }
    const target = targetOf(asked.path);
    if (asked.method === 'GET' && target.name === '') {
      if (asked.query.get('watch') === 'true') this.#watch(asked, target, reply);
      else this.#list(asked, target, reply);
      return;
    }
    const outcome = this.#carryOut(asked, target);
    if (fault === 'answer lost')
      this.#time.after(this.#way(), () => {
        reply.break();
      });
    else this.#answer(reply, outcome);
  }

  #faultOf({ method }: Asked): 'unreachable' | 'answer lost' | number | undefined {
    const hit = [...this.#faults].filter((fault) => !('share' in fault) || this.#random.chance(fault.share));
    if (hit.some(({ kind }) => kind === 'unreachable' || kind === 'restart')) return 'unreachable';
    const refusing = hit.find((fault) => fault.kind === 'status');
    if (refusing?.kind === 'status') return refusing.status;
    return method !== 'GET' && hit.some(({ kind }) => kind === 'answers lost') ? 'answer lost' : undefined;
  }

  #carryOut(asked: Asked, target: Target): Outcome {
    const { method, query, body } = asked;
    const { kind } = target;
    const name = { namespace: target.namespace, name: target.name };
    const manager = query.get('fieldManager') ?? 'unnamed';
    switch (method) {
      case 'GET': {
        const object = this.#store.get(kind, name);
        return object === undefined ? refused(404, 'NotFound', `${name.name} is not there`) : { ok: true, object };
      }
      case 'POST': {
        const object = parsedAs<JsonObject & { readonly metadata: { readonly name: string } }>(body);
        return this.#store.create(kind, { ...name, name: object.metadata.name }, object, manager);
      }
      case 'PUT':
        return this.#replace(parsedAs<Stored>(body), target, manager);
      case 'DELETE': {
        const { preconditions } = parsedAs<{ preconditions?: { uid?: string; resourceVersion?: string } }>(body);
        return this.#store.delete(kind, name, 'kubexray-operator', preconditions);
      }
      case 'PATCH':
        return this.#patch(asked, target, manager);
      default:
        return refused(405, 'MethodNotAllowed', method);
    }
  }

  #replace({ metadata: { resourceVersion }, ...fields }: Stored, { kind, ...name }: Target, manager: string): Outcome {
    return this.#store.change(kind, name, {
      manager,
      preconditions: { resourceVersion },
      next: (before) => ({ ...before, ...fields }),
    });
  }

  #patch({ headers, body: text }: Asked, { kind, subresource, ...name }: Target, manager: string): Outcome {
    const body = parsedAs<JsonObject>(text);
    if (MERGED.has(headers['content-type'] ?? '')) return this.#store.merge(kind, name, body, manager);
    const part = subresource === 'status' ? 'status' : 'spec';
    return this.#store.apply(kind, name, { body, part, manager });
  }

  #answer(reply: Reply, outcome: Outcome): void {
    this.#time.after(this.#way(), () => {
      const status = outcome.ok ? 200 : outcome.status;
      const body = outcome.ok ? outcome.object : { ...outcome, kind: 'Status', status: 'Failure', code: status };
      const asksToWait = status === 429 && this.#random.chance(0.5) ? { 'retry-after': '1' } : {};
      reply.begin(status, { 'content-type': 'application/json', ...asksToWait });
      reply.send(JSON.stringify(body));
      reply.end();
    });
  }

  #list({ headers }: Asked, { kind, namespace }: Target, reply: Reply): void {
    const metadataOnly = isMetadataOnly(headers);
    const items = this.#store.list(kind, namespace).map((object) => shown(object, metadataOnly));
    const metadata = { resourceVersion: String(this.#store.version) };
    this.#time.after(this.#way(), () => {
      reply.begin(200, { 'content-type': 'application/json' });
      reply.send(JSON.stringify({ kind: 'List', items, metadata }));
      reply.end();
    });
  }

  #watch({ query, headers }: Asked, { kind, namespace }: Target, reply: Reply): void {
    const stream: Stream = {
      kind,
      namespace,
      metadataOnly: isMetadataOnly(headers),
      reply,
      arrivesMs: this.#time.nowMs,
      isSilent: false,
    };
    this.#streams.add(stream);
    reply.onOver(() => this.#streams.delete(stream));
    this.#write(stream, (to) => {
      to.begin(200, { 'content-type': 'application/json' });
    });
    const from = query.get('resourceVersion');
    if (from === null) this.#everything(stream);
    else {
      const missed = this.#store.since(Number(from));
      if (missed === undefined) {
        this.#line(stream, 'ERROR', {
          kind: 'Status',
          code: 410,
          reason: 'Expired',
          message: 'too old resource version',
        });
        this.#write(stream, (to) => {
          to.end();
        });
        return;
      }
      for (const event of missed) this.#pass(stream, event);
    }
    this.#bookmarks(stream);
    this.#time.after(Number(query.get('timeoutSeconds') ?? '300') * 1_000, () => {
      if (!stream.isSilent)
        this.#write(stream, (to) => {
          to.end();
        });
    });
  }

  #everything(stream: Stream): void {
    for (const object of this.#store.list(stream.kind, stream.namespace))
      this.#line(stream, 'ADDED', shown(object, stream.metadataOnly));
    this.#bookmark(stream, { annotations: { 'k8s.io/initial-events-end': 'true' } });
  }

  #bookmarks(stream: Stream): void {
    this.#time.after(BOOKMARK_EVERY_MS, () => {
      if (stream.reply.isOver) return;
      this.#bookmark(stream, {});
      this.#bookmarks(stream);
    });
  }

  #bookmark(stream: Stream, more: object): void {
    this.#line(stream, 'BOOKMARK', {
      kind: stream.kind.kind,
      metadata: { resourceVersion: String(this.#store.version), ...more },
    });
  }

  #pass(stream: Stream, { kind, type, object }: HistoryEvent): void {
    if (kind.plural !== stream.kind.plural || kind.group !== stream.kind.group) return;
    if (stream.namespace !== '' && object.metadata.namespace !== stream.namespace) return;
    this.#line(stream, type, shown(object, stream.metadataOnly));
  }

  #line(stream: Stream, type: string, object: object): void {
    const text = `${JSON.stringify({ type, object })}\n`;
    this.#write(stream, (to) => {
      to.send(text);
    });
  }

  /** In the order of the events, each a little later than it happened. */
  #write(stream: Stream, what: (to: Reply) => void): void {
    stream.arrivesMs = Math.max(stream.arrivesMs, this.#time.nowMs + this.#random.between(0, LONGEST_WATCH_LAG_MS));
    this.#time.after(stream.arrivesMs - this.#time.nowMs, () => {
      if (!stream.isSilent) what(stream.reply);
    });
  }

  #way(): number {
    return this.#random.between(0, LONGEST_WAY_MS);
  }
}

const MERGED = new Set(['application/merge-patch+json', 'application/strategic-merge-patch+json']);

function isMetadataOnly(headers: Readonly<Record<string, string>>): boolean {
  return (headers['accept'] ?? '').includes('PartialObjectMetadata');
}

function shown(object: Stored, metadataOnly: boolean): object {
  if (!metadataOnly) return object;
  return { apiVersion: 'meta.k8s.io/v1', kind: 'PartialObjectMetadata', metadata: object.metadata };
}

/** `/apis/apps/v1/namespaces/shop/deployments/web/status`, or without a namespace, name or subresource. */
function targetOf(path: string): Target {
  const found = PATH.exec(path)?.groups ?? {};
  const part = (name: string): string => decodeURIComponent(found[name] ?? '');
  const plural = part('plural');
  return {
    kind: { group: part('group'), version: part('version'), plural, kind: KINDS.get(plural) ?? plural },
    namespace: part('namespace'),
    name: part('name'),
    subresource: part('subresource'),
  };
}

const PATH =
  /^\/(?:api|apis\/(?<group>[^/]+))\/(?<version>[^/]+)(?:\/namespaces\/(?<namespace>[^/]+)(?=\/))?\/(?<plural>[^/]+)(?:\/(?<name>[^/]+))?(?:\/(?<subresource>[^/]+))?$/;

const KINDS = new Map([
  ['deployments', 'Deployment'],
  ['statefulsets', 'StatefulSet'],
  ['replicasets', 'ReplicaSet'],
  ['daemonsets', 'DaemonSet'],
  ['controllerrevisions', 'ControllerRevision'],
  ['replicationcontrollers', 'ReplicationController'],
  ['jobs', 'Job'],
  ['cronjobs', 'CronJob'],
  ['pods', 'Pod'],
  ['events', 'Event'],
  ['leases', 'Lease'],
  ['namespaces', 'Namespace'],
  ['xrayscanresults', 'XrayScanResult'],
  ['xraypolicies', 'XrayPolicy'],
  ['clusterxraypolicies', 'ClusterXrayPolicy'],
  ['xrayexceptions', 'XrayException'],
  ['xrayconnections', 'XrayConnection'],
]);
