// chaos/model: what somebody who lags behind can believe of one workload at one moment, the strictest and the mildest.
import { digestOf } from '../../cluster/digest.js';
import type { Truth } from '../story/findings.js';
import type { Action, ExceptionSpec, PolicySpec, WorkloadKind } from '../story/world.js';
import { type Courses, heldSince } from './held-since.js';
import {
  asks,
  type Breach,
  breaches,
  type Condition,
  CONDITIONS,
  type Form,
  graceMs,
  isAtLeast,
  type Labels,
  lets,
  names,
  selects,
} from './rules.js';

/** A workload as it stands now: what it runs is told by its template. */
export interface Judged {
  readonly uid: string;
  readonly kind: WorkloadKind;
  readonly namespace: string;
  readonly name: string;
  readonly labels: Labels;
  readonly images: readonly string[];
}

export interface GrantedException {
  readonly spec: ExceptionSpec;
  readonly createdMs: number;
  readonly expiresMs: number;
}

export interface Seen {
  readonly workload: Judged;
  readonly atMs: number;
  /** All that was so before this is known to everybody. */
  readonly sinceMs: number;
  /** The same of what Xray said. */
  readonly factsSinceMs: number;
  readonly namespace: readonly (Labels | undefined)[];
  /** Of each, every form that may still be believed in; undefined: that it is not there. */
  readonly policies: readonly (readonly (Form | undefined)[])[];
  readonly exceptions: readonly (readonly ((GrantedException & { readonly namespace: string }) | undefined)[])[];
  readonly factsOf: (image: string) => readonly Truth[];
  readonly firstMs: (image: string, breach: Breach) => number;
  readonly coursesOf: (form: Form, image: string) => Courses;
  readonly touchedMs: number;
  readonly isPulled: (image: string) => boolean;
}

export class View {
  readonly #seen: Seen;

  constructor(seen: Seen) {
    this.#seen = seen;
  }

  /** Each policy in its strictest form, nothing waived or yielded but what everybody must have seen. */
  most(): Action {
    const forms = this.#seen.policies.flat();
    return worst(forms.flatMap((form) => (form?.mode === 'Enforce' && this.#mayCover(form) ? this.#mayAsk(form) : [])));
  }

  #mayAsk(form: Form): Action {
    const { kind } = this.#seen.workload;
    return worst(
      CONDITIONS.map((condition) => (this.#mayBreak(form, condition) ? asks(form, condition, kind) : 'Ignore')),
    );
  }

  /** The other way round: only what everybody must have seen asks, and all that anybody could have seen excuses. */
  least(counts: (form: Form) => boolean = () => true): Action {
    const { policies, workload } = this.#seen;
    let strictest: Action = 'Ignore';
    for (const forms of policies) {
      const actions = forms.map((form) => {
        if (form?.mode !== 'Enforce' || !counts(form) || !this.#mustCover(form)) return 'Ignore';
        const due = CONDITIONS.filter((condition) => this.#mustBreak(form, condition));
        return worst(due.map((condition) => asks(form, condition, workload.kind)));
      });
      const mildest = actions.reduce((a, b) => (isAtLeast(a, b) ? b : a), actions[0] ?? 'Ignore');
      if (isAtLeast(mildest, strictest)) strictest = mildest;
    }
    return strictest;
  }

  /** One who agrees to a rollback may ask for it, and nobody who must be asking refuses. */
  mayRollBack(): boolean {
    const { policies } = this.#seen;
    const isAsked = policies
      .flat()
      .some((form) => form?.rollback !== undefined && this.#mayAskFor(form).includes('ScaleDown'));
    return isAsked && !policies.some((forms) => forms.every((form) => this.#mustRefuse(form)));
  }

  mayRefuseRollback(): boolean {
    return this.#seen.policies
      .flat()
      .some((form) => form !== undefined && this.#mayAskFor(form).some((action) => refuses(form, action)));
  }

  mayBeApproved(action: Action): boolean {
    return this.#seen.policies
      .flat()
      .some((form) => form?.isApproved === true && this.#mayAskFor(form).includes(action));
  }

  #mayAskFor(form: Form): readonly Action[] {
    if (form.mode !== 'Enforce' || !this.#mayCover(form)) return [];
    const broken = CONDITIONS.filter((condition) => this.#mayBreak(form, condition));
    return broken.map((condition) => asks(form, condition, this.#seen.workload.kind));
  }

  #mustRefuse(form: Form | undefined): boolean {
    if (form?.mode !== 'Enforce' || !this.#mustCover(form)) return false;
    const broken = CONDITIONS.filter((condition) => this.#mustBreak(form, condition));
    return broken.some((condition) => refuses(form, asks(form, condition, this.#seen.workload.kind)));
  }

  /** Grace periods don't count: what is taken back to has to break no rule at all. */
  mayComply(): boolean {
    const { workload, factsOf, policies } = this.#seen;
    const forms = policies.flat();
    const speaks = forms.some(
      (form) => form?.unscanned !== undefined && this.#mayCover(form) && !this.#mustYield(form, 'unscanned'),
    );
    const isUnscanned = workload.images.some((image) => factsOf(image).every((truth) => truth === 'none'));
    if (isUnscanned && !speaks) return false;
    return !policies.some((versions) => versions.every((form) => this.#mustBeBroken(form)));
  }

  #mustBeBroken(form: Form | undefined): boolean {
    if (form === undefined || !this.#mustCover(form)) return false;
    return CONDITIONS.some(
      (condition) => !this.#mayYield(form, condition) && this.#breaksForSure(form, condition, () => true),
    );
  }

  verdict(): string | undefined {
    const { workload, factsOf, policies, isPulled, touchedMs, sinceMs } = this.#seen;
    if (touchedMs > sinceMs) return undefined; // the digests of its new pods may not be known yet
    if (workload.images.some((image) => factsOf(image).length !== 1 || !isPulled(image))) return undefined;
    const covering = policies.flatMap((forms) => forms.filter((form) => form !== undefined && this.#mayCover(form)));
    const broken = CONDITIONS.filter((condition) =>
      covering.some((form) => form !== undefined && this.#mayBreak(form, condition)),
    );
    if (broken.includes('security') || broken.includes('license')) return 'Violating';
    if (broken.includes('unscanned')) return 'Unscanned';
    const speaks = covering.some((form) => form?.unscanned !== undefined && !this.#mustYield(form, 'unscanned'));
    const hasNone = workload.images.some((image) => factsOf(image).includes('none'));
    return hasNone && !speaks ? 'Unscanned' : 'Compliant';
  }

  #mayCover(form: Form): boolean {
    return this.#seen.namespace.some((labels) => this.#covers(form, labels));
  }

  #mustCover(form: Form): boolean {
    return this.#seen.namespace.every((labels) => this.#covers(form, labels));
  }

  #covers(form: Form, labels: Labels | undefined): boolean {
    return this.#coversLabelled(form, labels, this.#seen.workload.labels);
  }

  #coversLabelled(form: Form, labels: Labels | undefined, own: Labels): boolean {
    const isHere =
      form.namespace === ''
        ? labels !== undefined && selects(form.namespaceSelector, labels)
        : form.namespace === this.#seen.workload.namespace;
    return isHere && selects(form.workloadSelector, own);
  }

  #mayBreak(form: Form, condition: Condition): boolean {
    const { workload, factsOf, atMs, firstMs } = this.#seen;
    if (this.#mustYield(form, condition)) return false;
    return workload.images.some((image) =>
      factsOf(image).some((truth) =>
        breaches(form, image, truth).some(
          (breach) =>
            breach.condition === condition &&
            atMs >= firstMs(image, breach) + graceMs(form, condition) &&
            !this.#mustBeWaived(form, image, breach),
        ),
      ),
    );
  }

  #mustBreak(form: Form, condition: Condition): boolean {
    const { isPulled } = this.#seen;
    if (this.#mayYield(form, condition)) return false;
    return this.#breaksForSure(
      form,
      condition,
      (image, breach) => isPulled(image) && this.#isLongDue(form, image, breach),
    );
  }

  /** Whatever is believed of one of its images, it breaks the rule, and nobody could believe that it is waived. */
  #breaksForSure(form: Form, condition: Condition, counts: (image: string, breach: Breach) => boolean): boolean {
    const { workload, factsOf } = this.#seen;
    return workload.images.some((image) =>
      factsOf(image).every((truth) =>
        breaches(form, image, truth).some(
          (breach) =>
            breach.condition === condition && counts(image, breach) && !this.#mayBeWaived(form, image, breach),
        ),
      ),
    );
  }

  // Since when its grace period is over for everybody; a restart may have begun it anew, so twice the time is given. That of
  // a scan begins anew with pods that are about to run (docs/design.md).
  #isLongDue(form: Form, image: string, breach: Breach): boolean {
    const { atMs, sinceMs, factsSinceMs, coursesOf, touchedMs } = this.#seen;
    const covers = this.#coversLabelled.bind(this);
    const takesOver = (other: Form | undefined): boolean => this.#takesOver(other, breach.condition);
    const held = heldSince({ form, image, breach, covers, takesOver }, coursesOf(form, image), atMs);
    const beganMs = Math.max(held.writtenMs, breach.condition === 'unscanned' ? touchedMs : 0);
    const allowedMs = 2 * graceMs(form, breach.condition);
    return sinceMs >= beganMs + allowedMs && factsSinceMs >= held.saidMs + allowedMs;
  }

  // 3. `Default` gives way, condition by condition, where an XrayPolicy that selects the workload has a rule for it.
  #mustYield(form: Form, condition: Condition): boolean {
    if (form.tier !== 'Default') return false;
    return this.#seen.policies.some((forms) => forms.every((other) => this.#takesOver(other, condition)));
  }

  #mayYield(form: Form, condition: Condition): boolean {
    if (form.tier !== 'Default') return false;
    return this.#seen.policies.some((forms) => forms.some((other) => this.#takesOver(other, condition)));
  }

  #takesOver(other: Form | undefined, condition: Condition): boolean {
    if (other?.namespace !== this.#seen.workload.namespace) return false;
    return other[condition] !== undefined && selects(other.workloadSelector, this.#seen.workload.labels);
  }

  #mustBeWaived(form: Form, image: string, breach: Breach): boolean {
    const { exceptions, atMs } = this.#seen;
    return exceptions.some((versions) => versions.every((one) => this.#waives(one, { form, image, breach, atMs })));
  }

  #mayBeWaived(form: Form, image: string, breach: Breach): boolean {
    const { exceptions, sinceMs: atMs } = this.#seen;
    return exceptions.some((versions) => versions.some((one) => this.#waives(one, { form, image, breach, atMs })));
  }

  #waives(
    one: (GrantedException & { readonly namespace: string }) | undefined,
    { form, image, breach, atMs }: { form: Form; image: string; breach: Breach; atMs: number },
  ): boolean {
    const { workload } = this.#seen;
    if (one?.namespace !== workload.namespace || atMs >= one.expiresMs) return false;
    return lets(form, one) && names(one.spec, { ...workload, image, digest: digestOf(image) }, breach);
  }
}

function refuses({ rollback }: PolicySpec, action: Action): boolean {
  return action === 'Delete' || (action === 'ScaleDown' && rollback === undefined);
}

function worst(actions: readonly Action[]): Action {
  return actions.reduce((a, b) => (isAtLeast(a, b) ? a : b), 'Ignore');
}
