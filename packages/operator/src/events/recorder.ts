// events: writes Kubernetes Events (events.k8s.io/v1), each once.
import { createHash, randomUUID } from 'node:crypto';
import { KubeApiError } from '../client/api-error.js';
import type { KubeClient } from '../client/kube-client.js';
import type { Clock } from '../time/clock.js';
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
  /** The same object, reason and `once` give the same Event: a repeated pass writes no second one. */
  readonly once?: string;
}

export interface EventRecorder {
  /** @throws KubeApiError when it could not be written */
  record(event: EventInput, signal: AbortSignal): Promise<void>;
}

const events = { group: 'events.k8s.io', version: 'v1', plural: 'events', kind: 'Event', namespaced: true };
const MAX_NOTE_BYTES = 1024; // events.k8s.io/v1 validation

export interface RecorderPorts {
  readonly client: Pick<KubeClient, 'create'>;
  readonly clock: Clock;
  /** `reportingController`, as in `kubexray.io/operator`. */
  readonly controller: string;
  readonly instance: string;
}

export function eventRecorder({ client, clock, controller, instance }: RecorderPorts): EventRecorder {
  return {
    record: async ({ regarding, type, reason, action, note, once }, signal) => {
      const namespace = regarding.namespace === '' ? 'default' : regarding.namespace;
      const body = {
        apiVersion: 'events.k8s.io/v1',
        kind: 'Event',
        metadata: { namespace, name: eventName(regarding.name, [regarding.uid, reason, once ?? randomUUID()]) },
        eventTime: microTime(clock.now()),
        reportingController: controller,
        reportingInstance: instance,
        regarding: { ...regarding, namespace: regarding.namespace },
        type,
        reason,
        action,
        note: cut(note),
      };
      try {
        await client.create(events, namespace, body, { signal });
      } catch (error) {
        const isWritten = error instanceof KubeApiError && error.reason === 'AlreadyExists';
        if (!isWritten || once === undefined) throw error;
      }
    },
  };
}

function eventName(of: string, parts: readonly string[]): string {
  const fingerprint = createHash('sha256').update(parts.join('\n')).digest('hex').slice(0, 16);
  return `${of.slice(0, 200)}.${fingerprint}`;
}

function cut(note: string): string {
  const bytes = Buffer.from(note);
  return bytes.length <= MAX_NOTE_BYTES ? note : `${bytes.subarray(0, MAX_NOTE_BYTES - 8).toString('utf8')}…`;
}
