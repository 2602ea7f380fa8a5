// events: what is recorded, and the object of events.k8s.io/v1 that it becomes. Pure.
import { createHash } from 'node:crypto';
import { microTime } from '../time/micro-time.js';

export interface EventInput {
  readonly regarding: {
    readonly apiVersion: string;
    readonly kind: string;
    readonly namespace: string;
    readonly name: string;
    readonly uid: string;
  };
  readonly type: 'Normal' | 'Warning';
  /** CamelCase, stable. */
  readonly reason: string;
  /** What the controller did, in a word. */
  readonly action: string;
  /** For people; cut at 1 kB. */
  readonly note: string;
}

export interface Reporter {
  /** `reportingController`, as in `example.com/operator`. */
  readonly controller: string;
  /** Which of several replicas; of what is longer than 128 bytes the end, in which they differ. */
  readonly instance: string;
}

const MAX_NOTE_BYTES = 1024; // events.k8s.io/v1 validation
const MAX_INSTANCE_BYTES = 128; // as well

/** Events about cluster-wide objects live in `default`. */
export function eventNamespace({ regarding: { namespace } }: EventInput): string {
  return namespace === '' ? 'default' : namespace;
}

/** A DNS subdomain (RFC 1123), which an Event's name has to be; not all objects have such names, as with `system:node`. */
const SUBDOMAIN = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;

/** @param distinct makes the name: the same texts give the same one */
export function eventName({ regarding }: EventInput, distinct: readonly string[]): string {
  const fingerprint = createHash('sha256').update(distinct.join('\n')).digest('hex').slice(0, 16);
  const name = `${regarding.name.slice(0, 200)}.${fingerprint}`;
  return SUBDOMAIN.test(name) ? name : fingerprint;
}

export function eventBody(event: EventInput, name: string, reporter: Reporter, now: Date): object {
  const { regarding, type, reason, action, note } = event;
  return {
    apiVersion: 'events.k8s.io/v1',
    kind: 'Event',
    metadata: { namespace: eventNamespace(event), name },
    eventTime: microTime(now),
    reportingController: reporter.controller,
    reportingInstance: endOf(reporter.instance),
    regarding,
    type,
    reason,
    action,
    note: cut(note),
  };
}

export function seriesPatch(count: number, now: Date): object {
  return { series: { count, lastObservedTime: microTime(now) } };
}

function cut(note: string): string {
  const bytes = Buffer.from(note);
  return bytes.length <= MAX_NOTE_BYTES ? note : `${bytes.subarray(0, MAX_NOTE_BYTES - 8).toString('utf8')}…`;
}

function endOf(instance: string): string {
  const bytes = Buffer.from(instance);
  return bytes.length <= MAX_INSTANCE_BYTES ? instance : bytes.subarray(8 - MAX_INSTANCE_BYTES).toString('utf8');
}
