// controllers: who is told by which policy, with what waits for each and how the last attempt ended. Kept up by the watches of policies.
import { isDeepStrictEqual } from 'node:util';
import { keyText } from '@dot-kube/operator';
import type { Condition, Notify, NotifyEvent, PolicyKind } from '../../api/v1alpha1/types.js';
import { Mailbox, type Pace } from './mailbox.js';
import type { NotSentReason } from './receiver.js';

interface Finding {
  readonly reason: NotSentReason;
  readonly message: string;
}

export interface Receiver {
  readonly id: string;
  readonly policyKind: PolicyKind;
  /** As it is shown. */
  readonly policy: string;
  readonly name: string;
  readonly notify: Notify;
  readonly on: ReadonlySet<NotifyEvent>;
  readonly mailbox: Mailbox;
  /** Why it is not told; undefined: nothing is known to stand in the way. */
  finding: Finding | undefined;
  /** By the monotonic clock; undefined: never. */
  checkedAtMs: number | undefined;
}

export interface PolicyWithNotify {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly generation: number;
  readonly spec: { readonly notify?: readonly Notify[] };
  readonly notified?: Condition;
}

const USUAL_EVENTS: readonly NotifyEvent[] = ['Enforced', 'Held', 'Restored'];

export class Receivers {
  readonly #pace: Pace;
  readonly #byPolicy = new Map<string, readonly Receiver[]>();
  /** The condition of a policy may have to be written. */
  onFinding: (policy: string) => void = () => undefined;

  constructor(pace: Pace) {
    this.#pace = pace;
  }

  all(): readonly Receiver[] {
    return [...this.#byPolicy.values()].flat();
  }

  of(policy: string): readonly Receiver[] {
    return this.#byPolicy.get(policy) ?? [];
  }

  /** @returns whether its receivers have changed, so that results are to be looked at */
  follow(kind: PolicyKind, policy: PolicyWithNotify, isGone: boolean): boolean {
    const shown = keyText(policy);
    const key = policyText(kind, shown);
    const before = this.of(key);
    const notify = isGone ? [] : (policy.spec.notify ?? []);
    const isSame = isDeepStrictEqual(
      before.map((one) => one.notify),
      notify,
    );
    if (!isGone && (!isSame || (notify.length === 0 && policy.notified !== undefined))) this.onFinding(key);
    if (isSame) return false;
    const now = notify.map((one): Receiver => {
      const id = `${key}/${one.name}`;
      return {
        id,
        policyKind: kind,
        policy: shown,
        name: one.name,
        notify: one,
        on: new Set(one.events ?? USUAL_EVENTS),
        mailbox: before.find((former) => former.id === id)?.mailbox ?? new Mailbox(this.#pace),
        finding: undefined,
        checkedAtMs: undefined,
      };
    });
    if (now.length === 0) this.#byPolicy.delete(key);
    else this.#byPolicy.set(key, now);
    return true;
  }

  found(receiver: Receiver, finding: Finding | undefined): void {
    receiver.finding = finding;
    this.onFinding(policyText(receiver.policyKind, receiver.policy));
  }
}

function policyText(kind: PolicyKind, name: string): string {
  return `${kind} ${name}`;
}
