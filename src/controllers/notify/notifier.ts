// controllers: tells the receivers that policies name what became of workloads: a results' watch brings news into mailboxes, a part
// of the leader empties them, and what was told goes back into the result. Nothing here holds up judging or enforcing.
import { isDeepStrictEqual } from 'node:util';
import { type Clock, counter, keyText, type Logger, type Manager, parseKey, type Result } from '@dot-kube/operator';
import type { Notified, PolicyKind, XrayScanResultSpec, XrayScanResultStatus } from '../../api/v1alpha1/types.js';
import { clusterPolicies, policies, results } from '../../observe/resources.js';
import { newsOf, standsOf } from '../../report/notify/news.js';
import { notification } from '../../report/notify/notification.js';
import type { Letter, Pace } from './mailbox.js';
import { NotifiedConditions, NOTIFY_FIELD_MANAGER } from './notified-conditions.js';
import { addressIn, NotSent, type ReceiverPorts, send } from './receiver.js';
import { type PolicyWithNotify, type Receiver, Receivers } from './receivers.js';

const CHECK_MS = 60_000; // whether a receiver that nothing waits for could be told
const BEHIND = -100;

export const USUAL_PACE: Pace = { gatherMs: 10_000, spacingMs: 30_000, firstRetryMs: 5_000, lastRetryMs: 600_000 };

export interface NotifierPorts extends ReceiverPorts {
  readonly manager: Manager;
  /** The operator's own: where the Secrets of cluster policies lie. */
  readonly namespace: string;
  readonly clock: Clock;
  readonly log: Logger;
  readonly pace: Pace;
}

/** Declares what sends the messages of policies. */
export function declareNotifications(ports: NotifierPorts): void {
  const { manager, clock, pace } = ports;
  const receivers = new Receivers(pace);
  const notifier = new Notifier(ports, receivers);
  const conditions = new NotifiedConditions(manager, receivers, clock);
  const telling = manager
    .controller('notification')
    .for(results)
    .reconcile(async ({ key, signal }) => notifier.judge(key, signal));
  const saying = manager
    .controller('notified')
    .options({ concurrency: 1 })
    .reconcile(async ({ key, signal }) => conditions.say(key, signal));
  notifier.onTold = (result) => {
    telling.enqueue(result);
  };
  receivers.onFinding = (policy) => {
    saying.enqueue(policy);
  };
  const policyChanged = (kind: PolicyKind, policy: PolicyWithNotify, isGone: boolean): void => {
    if (!receivers.follow(kind, policy, isGone)) return;
    for (const key of manager
      .store(results)
      .list(policy.namespace === '' ? undefined : policy.namespace)
      .map(keyText))
      telling.enqueue(key, { priority: BEHIND });
  };
  manager.watch(policies, ({ type, object }) => {
    policyChanged('XrayPolicy', object, type === 'delete');
  });
  manager.watch(clusterPolicies, ({ type, object }) => {
    policyChanged('ClusterXrayPolicy', object, type === 'delete');
  });
  manager.addPart({
    name: 'notifications',
    run: async (signal) => {
      const tick = Math.min(pace.gatherMs, 1_000);
      const sending = new Set<Promise<void>>();
      while (!signal.aborted) {
        for (const begun of notifier.deliver(signal)) {
          sending.add(begun);
          void begun.finally(() => sending.delete(begun));
        }
        await Promise.allSettled([clock.sleep(tick, signal)]);
      }
      await Promise.all(sending);
      await ports.dispatcher.destroy();
    },
  });
}

interface Looked {
  readonly key: string;
  readonly result: {
    readonly namespace: string;
    readonly spec: XrayScanResultSpec;
    readonly status: XrayScanResultStatus;
  };
  readonly known: readonly string[];
}

class Notifier {
  readonly #ports: NotifierPorts;
  readonly #receivers: Receivers;
  /** Told, and not yet remembered by the result: by result, then by receiver. */
  readonly #told = new Map<string, Map<string, readonly string[]>>();
  readonly #count;
  onTold: (result: string) => void = () => undefined;

  constructor(ports: NotifierPorts, receivers: Receivers) {
    this.#ports = ports;
    this.#receivers = receivers;
    this.#count = counter(ports.manager.registry, {
      name: 'kubexray_notifications_total',
      help: 'Messages to receivers that policies name: delivered, failed (and tried again), or dropped, counted by workloads, for want of room.',
      labels: ['outcome'],
    });
  }

  /** Brings what receivers do not know yet of a workload into their mailboxes, and remembers what they know. */
  async judge(key: string, signal: AbortSignal): Promise<Result> {
    const result = this.#ports.manager.store(results).get(parseKey(key));
    const status = result?.status;
    if (result === undefined || status === undefined) {
      this.#told.delete(key);
      for (const receiver of this.#receivers.all()) receiver.mailbox.drop(key);
      return {};
    }
    const stored = result.notified ?? [];
    const told = this.#told.get(key);
    const notified = this.#receivers
      .all()
      .filter(
        ({ policyKind, policy }) =>
          policyKind === 'ClusterXrayPolicy' || parseKey(policy).namespace === result.namespace,
      )
      .flatMap((receiver): Notified[] => {
        const known = told?.get(receiver.id) ?? stored.find((one) => one.receiver === receiver.id)?.told ?? [];
        const now = this.#knownAfter(receiver, { key, result: { ...result, status }, known });
        return now.length === 0 ? [] : [{ receiver: receiver.id, told: now }];
      });
    if (!isDeepStrictEqual(notified, stored)) {
      const writer = this.#ports.manager.writer(NOTIFY_FIELD_MANAGER, signal);
      await writer.applyStatus(results, result, notified.length === 0 ? {} : { notified });
    }
    if (this.#told.get(key) === told) this.#told.delete(key);
    return {};
  }

  /** @returns what the receiver knows now, without what waits to be told */
  #knownAfter(receiver: Receiver, { key, result, known }: Looked): readonly string[] {
    const { mailbox, on } = receiver;
    const { status, namespace, spec } = result;
    const stands = standsOf(status, receiver, known);
    const news = newsOf(status, receiver, { told: known, on });
    if (news === undefined) {
      mailbox.drop(key);
      return stands;
    }
    const { apiVersion, kind, name, uid } = spec.workloadRef;
    const letter = { news: { ...news, apiVersion, kind, namespace, name, uid }, told: stands };
    if (mailbox.put(key, letter, this.#ports.clock.monotonicMs())) return known;
    this.#count.inc({ outcome: 'dropped' });
    return stands;
  }

  /** Begins what is due. @returns promises that never reject */
  deliver(signal: AbortSignal): readonly Promise<void>[] {
    const nowMs = this.#ports.clock.monotonicMs();
    return this.#receivers
      .all()
      .filter(
        (one) =>
          !one.mailbox.isBusy &&
          (one.mailbox.isDue(nowMs) ||
            (one.mailbox.size === 0 && nowMs - (one.checkedAtMs ?? Number.NEGATIVE_INFINITY) >= CHECK_MS)),
      )
      .map(async (receiver) => this.#deliverTo(receiver, signal));
  }

  async #deliverTo(receiver: Receiver, signal: AbortSignal): Promise<void> {
    const { clock, log } = this.#ports;
    receiver.mailbox.isBusy = true;
    receiver.checkedAtMs = clock.monotonicMs();
    try {
      await this.#send(receiver, signal);
      this.#receivers.found(receiver, undefined);
    } catch (error) {
      if (signal.aborted) return;
      const { reason, message, retryAfterMs } =
        error instanceof NotSent
          ? error
          : new NotSent('NotReached', 'The message could not be sent; it is tried again.');
      if (receiver.mailbox.size > 0) {
        this.#count.inc({ outcome: 'failed' });
        receiver.mailbox.failed(clock.monotonicMs(), retryAfterMs);
      }
      log.warn('a message of a policy was not sent', { policy: receiver.policy, receiver: receiver.name, reason });
      this.#receivers.found(receiver, { reason, message });
    } finally {
      receiver.mailbox.isBusy = false;
    }
  }

  async #send(receiver: Receiver, signal: AbortSignal): Promise<void> {
    const { namespace, clock } = this.#ports;
    const { mailbox, notify, policyKind, policy, id } = receiver;
    const from = policyKind === 'ClusterXrayPolicy' ? namespace : parseKey(policy).namespace;
    const address = await addressIn({ namespace: from, name: notify.secretRef.name }, this.#ports, signal);
    for (const [event, letters] of mailbox.byEvent()) {
      const group = { event, policyKind, policy, news: [...letters.values()].map(({ news }) => news) };
      await send(notification(group, notify.format ?? 'Slack', id, clock.now()), address, this.#ports, signal);
      this.#count.inc({ outcome: 'delivered' });
      mailbox.sent(letters, clock.monotonicMs());
      this.#remember(id, letters);
    }
  }

  #remember(receiver: string, letters: ReadonlyMap<string, Letter>): void {
    for (const [result, { told }] of letters) {
      // A new map each time: a pass that has read the former one must not take this for remembered.
      this.#told.set(result, new Map(this.#told.get(result)).set(receiver, told));
      this.onTold(result);
    }
  }
}
