// controllers: tells the receivers that policies name what became of workloads: a results' watch brings news into mailboxes, a part
// of the leader empties them, and what was told goes back into the result. Nothing here holds up judging or enforcing.
import {
  type Clock,
  counter,
  type Kept,
  keyText,
  type Logger,
  type Manager,
  parseKey,
  type Resource,
  type Result,
} from '@dot-kube/operator';
import type {
  Condition,
  Notified,
  Notify,
  NotifyEvent,
  PolicyKind,
  XrayScanResultSpec,
  XrayScanResultStatus,
} from '../api/v1alpha1/types.js';
import { clusterPolicies, NOTIFIED, policies, results } from '../observe/resources.js';
import { newsOf, standsOf } from '../report/news.js';
import { notification } from '../report/notification.js';
import { withCondition } from '@dot-kube/operator/conditions';
import { type Letter, Mailbox, type Pace } from './mailbox.js';
import { addressIn, NotSent, type ReceiverPorts, send } from './receiver.js';

const FIELD_MANAGER = 'kubexray-notifications';
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

interface Receiver {
  readonly id: string;
  readonly policyKind: PolicyKind;
  readonly policy: string;
  readonly name: string;
  readonly notify: Notify;
  readonly on: ReadonlySet<NotifyEvent>;
  readonly mailbox: Mailbox;
  finding: { readonly reason: string; readonly message: string } | undefined;
  checkedAtMs: number;
  isBusy: boolean;
}

const USUAL_EVENTS: readonly NotifyEvent[] = ['Enforced', 'Held', 'Restored'];

interface PolicyWithNotify {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly generation: number;
  readonly spec: { readonly notify?: readonly Notify[] };
  readonly notified?: Condition;
}

/** Declares what sends the messages of policies. */
export function declareNotifications(ports: NotifierPorts): void {
  const { manager, clock, pace } = ports;
  const notifier = new Notifier(ports);
  const telling = manager
    .controller('notification')
    .for(results)
    .reconcile(async ({ key, signal }) => notifier.judge(key, signal));
  const saying = manager
    .controller('notified')
    .options({ concurrency: 1 })
    .reconcile(async ({ key, signal }) => notifier.say(key, signal));
  notifier.onTold = (result) => {
    telling.enqueue(result);
  };
  notifier.onFinding = (policy) => {
    saying.enqueue(policy);
  };
  const policyChanged = (kind: PolicyKind, policy: PolicyWithNotify, isGone: boolean): void => {
    if (!notifier.follow(kind, policy, isGone)) return;
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
  /** By the text of their policy. */
  readonly #receivers = new Map<string, readonly Receiver[]>();
  /** Told, and not yet remembered by the result: by result, then by receiver. */
  readonly #told = new Map<string, Map<string, readonly string[]>>();
  readonly #count;
  onTold: (result: string) => void = () => undefined;
  onFinding: (policy: string) => void = () => undefined;

  constructor(ports: NotifierPorts) {
    this.#ports = ports;
    this.#count = counter(ports.manager.registry, {
      name: 'kubexray_notifications_total',
      help: 'Messages to receivers that policies name: delivered, failed (and tried again), or dropped, counted by workloads, for want of room.',
      labels: ['outcome'],
    });
  }

  /** @returns whether its receivers have changed, so that results are to be looked at */
  follow(policyKind: PolicyKind, policy: PolicyWithNotify, isGone: boolean): boolean {
    const key = policyText(policyKind, keyText(policy));
    const before = this.#receivers.get(key) ?? [];
    const notify = isGone ? [] : (policy.spec.notify ?? []);
    if (JSON.stringify(before.map((one) => one.notify)) === JSON.stringify(notify)) {
      if (notify.length === 0 && policy.notified !== undefined && !isGone) this.onFinding(key);
      return false;
    }
    const receivers = notify.map((one): Receiver => {
      const id = `${key}/${one.name}`;
      const mailbox = before.find((former) => former.id === id)?.mailbox ?? new Mailbox(this.#ports.pace);
      const on = new Set(one.on ?? USUAL_EVENTS);
      const { name } = one;
      return {
        id,
        policyKind,
        policy: keyText(policy),
        name,
        notify: one,
        on,
        mailbox,
        finding: undefined,
        checkedAtMs: Number.NEGATIVE_INFINITY,
        isBusy: false,
      };
    });
    if (receivers.length === 0) this.#receivers.delete(key);
    else this.#receivers.set(key, receivers);
    this.onFinding(key);
    return true;
  }

  /** Brings what receivers do not know yet of a workload into their mailboxes, and remembers what they know. */
  async judge(key: string, signal: AbortSignal): Promise<Result> {
    const result = this.#ports.manager.store(results).get(parseKey(key));
    const status = result?.status;
    if (result === undefined || status === undefined) {
      this.#told.delete(key);
      for (const receiver of this.#all()) receiver.mailbox.drop(key);
      return {};
    }
    const stored = result.notified ?? [];
    const told = this.#told.get(key);
    const notified = this.#all()
      .filter(
        ({ policyKind, policy }) =>
          policyKind === 'ClusterXrayPolicy' || parseKey(policy).namespace === result.namespace,
      )
      .flatMap((receiver): Notified[] => {
        const known = told?.get(receiver.id) ?? stored.find((one) => one.receiver === receiver.id)?.told ?? [];
        const now = this.#knownAfter(receiver, { key, result: { ...result, status }, known });
        return now.length === 0 ? [] : [{ receiver: receiver.id, told: now }];
      });
    if (JSON.stringify(notified) !== JSON.stringify(stored)) {
      const writer = this.#ports.manager.writer(FIELD_MANAGER, signal);
      await writer.applyStatus(results, result, notified.length === 0 ? {} : { notified });
    }
    if (this.#told.get(key) === told) this.#told.delete(key);
    return {};
  }

  /** @returns what the receiver knows now, without what waits to be told */
  #knownAfter(receiver: Receiver, { key, result, known }: Looked): readonly string[] {
    const { mailbox, on } = receiver;
    const { status, namespace, spec } = result;
    const stands = standsOf(status, receiver);
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
    return this.#all()
      .filter(
        (one) =>
          !one.isBusy && (one.mailbox.isDue(nowMs) || (one.mailbox.size === 0 && nowMs - one.checkedAtMs >= CHECK_MS)),
      )
      .map(async (receiver) => this.#deliverTo(receiver, signal));
  }

  async #deliverTo(receiver: Receiver, signal: AbortSignal): Promise<void> {
    const { clock, log } = this.#ports;
    receiver.isBusy = true;
    receiver.checkedAtMs = clock.monotonicMs();
    try {
      await this.#send(receiver, signal);
      this.#found(receiver, undefined);
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
      this.#found(receiver, { reason, message });
    } finally {
      receiver.isBusy = false;
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

  #found(receiver: Receiver, finding: Receiver['finding']): void {
    receiver.finding = finding;
    this.onFinding(policyText(receiver.policyKind, receiver.policy));
  }

  /** Writes the condition of a policy, where it differs. */
  async say(key: string, signal: AbortSignal): Promise<Result> {
    const [kind = '', name = ''] = key.split(' ');
    return kind === 'XrayPolicy'
      ? this.#sayOf(policies, key, name, signal)
      : this.#sayOf(clusterPolicies, key, name, signal);
  }

  async #sayOf<T extends Kept & PolicyWithNotify>(
    resource: Resource<T>,
    key: string,
    name: string,
    signal: AbortSignal,
  ): Promise<Result> {
    const policy = this.#ports.manager.store(resource).get(parseKey(name));
    if (policy === undefined) return {};
    const next = this.#conditionOf(key, policy);
    if (JSON.stringify(next) === JSON.stringify(policy.notified === undefined ? [] : [policy.notified])) return {};
    const writer = this.#ports.manager.writer(FIELD_MANAGER, signal);
    await writer.applyStatus(resource, policy, next.length === 0 ? {} : { conditions: next }, { uid: policy.uid });
    return {};
  }

  #conditionOf(key: string, { generation, notified }: PolicyWithNotify): readonly Condition[] {
    const receivers = this.#receivers.get(key) ?? [];
    if (receivers.length === 0) return [];
    if (receivers.some((one) => one.finding === undefined && one.checkedAtMs < 0))
      return notified === undefined ? [] : [notified];
    const bad = receivers.find(({ finding }) => finding !== undefined);
    const said =
      bad?.finding === undefined
        ? { status: 'True' as const, reason: 'AllReachable', message: 'Nothing stands in the way of messages.' }
        : { status: 'False' as const, reason: bad.finding.reason, message: `${bad.name}: ${bad.finding.message}` };
    const before = notified === undefined ? [] : [notified];
    return withCondition(before, { type: NOTIFIED, ...said, observedGeneration: generation }, this.#ports.clock.now());
  }

  #all(): readonly Receiver[] {
    return [...this.#receivers.values()].flat();
  }
}

function policyText(kind: PolicyKind, name: string): string {
  return `${kind} ${name}`;
}
