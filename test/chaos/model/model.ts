// chaos/model: what may and what must happen to a workload, told from what was written and from what Xray said, and never from
// what the operator did. Where somebody who watches may lag behind, both ends are given: the most and the least that he can believe.
import { digestOf } from '../../cluster/digest.js';
import type { Truth } from '../story/findings.js';
import type { Action, ExceptionSpec, PolicyKey, PolicySpec, WorkloadKind } from '../story/world.js';
import {
  asks,
  type Breach,
  breaches,
  type Condition,
  CONDITIONS,
  graceMs,
  type Labels,
  lets,
  names,
  selects,
} from './rules.js';
import { Timeline, Troubles } from './timeline.js';

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

interface Lags {
  /** Usually, between a change in the cluster and the operator's knowledge of it. */
  readonly apiMs: number;
  /** The same for what Xray says. */
  readonly xrayMs: number;
  /** How long a fault of the API server goes on to be felt after its end. */
  readonly apiTailMs: number;
  readonly xrayTailMs: number;
}

export interface Bounds {
  /** The strictest action that somebody could believe in. */
  readonly most: Action;
  /** The mildest. */
  readonly least: Action;
}

type Named<T> = Map<string, Timeline<T | undefined>>;

const LONGEST_PULL_MS = 5_000;
const RANK: readonly Action[] = ['Ignore', 'ScaleDown', 'Delete'];

export function isAtLeast(a: Action, b: Action): boolean {
  return RANK.indexOf(a) >= RANK.indexOf(b);
}

export class Model {
  readonly #namespaces: Named<Labels> = new Map();
  readonly #policies: Named<PolicySpec & PolicyKey> = new Map();
  readonly #exceptions: Named<GrantedException & { readonly namespace: string }> = new Map();
  readonly #facts = new Map<string, Timeline<Truth>>();
  /** When the workload first had the image: no grace period can have begun before. */
  readonly #imageSince = new Map<string, number>();
  /** Since when it has been running with the image; before its pods have pulled it, nobody can tell what it is. */
  readonly #runsSince = new Map<string, number>();
  /** When anybody last changed the workload: with pods that are about to run the grace period of a scan begins anew. */
  readonly #touched = new Map<string, number>();
  readonly #api: Troubles;
  readonly #xray: Troubles;

  constructor({ apiMs, xrayMs, apiTailMs, xrayTailMs }: Lags) {
    this.#api = new Troubles(apiMs, apiTailMs);
    this.#xray = new Troubles(xrayMs, xrayTailMs);
  }

  setNamespace(name: string, labels: Labels, atMs: number): void {
    put(this.#namespaces, name, labels, atMs);
  }

  setPolicy(key: PolicyKey, spec: PolicySpec | undefined, atMs: number): void {
    put(this.#policies, `${key.namespace}/${key.name}`, spec && { ...spec, ...key }, atMs);
  }

  setException(key: PolicyKey, granted: GrantedException | undefined, atMs: number): void {
    const { namespace, name } = key;
    put(this.#exceptions, `${namespace}/${name}`, granted && { ...granted, namespace }, atMs);
  }

  setFacts(image: string, truth: Truth, atMs: number): void {
    this.#factsOf(image).set(truth, atMs);
  }

  /** From now on it has these images, and runs them or does not. */
  seen({ uid, images }: Judged, runs: boolean, atMs: number): void {
    this.#touched.set(uid, atMs);
    for (const image of images) {
      const key = `${uid} ${image}`;
      if (!this.#imageSince.has(key)) this.#imageSince.set(key, atMs);
      if (runs && !this.#runsSince.has(key)) this.#runsSince.set(key, atMs);
    }
    if (runs) return;
    for (const [key, sinceMs] of this.#runsSince)
      if (key.startsWith(`${uid} `) && atMs - sinceMs < LONGEST_PULL_MS) this.#runsSince.delete(key);
  }

  apiTrouble(fromMs: number, forMs: number): void {
    this.#api.add(fromMs, forMs);
  }

  xrayTrouble(fromMs: number, forMs: number): void {
    this.#xray.add(fromMs, forMs);
  }

  /** What may be believed of the workload at that time. */
  bounds(workload: Judged, atMs: number): Bounds {
    const view = this.#view(workload, atMs);
    return { most: view.most(), least: view.least() };
  }

  /** What the workload's result has to say at rest; undefined where more than one is right. */
  verdict(workload: Judged, atMs: number): string | undefined {
    return this.#view(workload, atMs).verdict();
  }

  #view(workload: Judged, atMs: number): View {
    const since = this.#api.knownBefore(atMs);
    const factsSince = this.#xray.knownBefore(atMs);
    const during = <T>(of: Named<T>): readonly (readonly (T | undefined)[])[] =>
      [...of.values()].map((line) => line.during(since, atMs));
    return new View({
      workload,
      atMs,
      sinceMs: since,
      namespace: this.#namespaces.get(workload.namespace)?.during(since, atMs) ?? [undefined],
      policies: during(this.#policies),
      exceptions: during(this.#exceptions),
      factsOf: (image) => this.#believed(image, factsSince, atMs),
      firstMs: (image, breach) => this.#firstMs(workload, image, breach),
      touchedMs: this.#touched.get(workload.uid) ?? 0,
      isPulled: (image) => this.#runsSince.has(`${workload.uid} ${image}`),
    });
  }

  /** Facts once known stay in force when Xray forgets them: all of them, or what a result had kept over a restart. */
  #believed(image: string, sinceMs: number, atMs: number): readonly Truth[] {
    const line = this.#factsOf(image);
    const seen = line.during(sinceMs, atMs);
    if (!seen.includes('none')) return seen;
    const known = line.before(atMs).filter((truth) => truth !== 'none'); // the last may have been there too short to be seen
    return known.length === 0 ? seen : [...seen, ...known, { issues: [], licenses: [] }];
  }

  /** The earliest time at which somebody can have seen it on this workload. */
  #firstMs({ uid }: Judged, image: string, { what }: Breach): number {
    const imageMs = this.#imageSince.get(`${uid} ${image}`) ?? 0;
    const foundMs = this.#factsOf(image).firstMs((truth) => isIn(truth, what)) ?? 0;
    return Math.max(imageMs, foundMs);
  }

  #factsOf(image: string): Timeline<Truth> {
    const line = this.#facts.get(image) ?? new Timeline<Truth>('none');
    this.#facts.set(image, line);
    return line;
  }
}

function put<T>(into: Named<T>, name: string, value: T | undefined, atMs: number): void {
  const line = into.get(name) ?? new Timeline<T | undefined>(undefined);
  into.set(name, line);
  line.set(value, atMs);
}

function isIn(truth: Truth, what: Breach['what']): boolean {
  if (truth === 'none') return what === 'unscanned';
  return typeof what === 'string'
    ? truth.licenses.includes(what)
    : truth.issues.some(({ issue_id: id }) => id === what.issue_id);
}

interface Seen {
  readonly workload: Judged;
  readonly atMs: number;
  readonly sinceMs: number;
  readonly namespace: readonly (Labels | undefined)[];
  /** Of each, every form that may still be believed in; undefined: that it is not there. */
  readonly policies: readonly (readonly ((PolicySpec & PolicyKey) | undefined)[])[];
  readonly exceptions: readonly (readonly ((GrantedException & { readonly namespace: string }) | undefined)[])[];
  readonly factsOf: (image: string) => readonly Truth[];
  readonly firstMs: (image: string, breach: Breach) => number;
  readonly touchedMs: number;
  readonly isPulled: (image: string) => boolean;
}

type Form = PolicySpec & PolicyKey;

/** What somebody who lags behind can believe at one moment. */
class View {
  readonly #seen: Seen;

  constructor(seen: Seen) {
    this.#seen = seen;
  }

  /** Each policy in its strictest form, nothing waived or yielded but what everybody must have seen. */
  most(): Action {
    const { policies, workload } = this.#seen;
    let strictest: Action = 'Ignore';
    for (const forms of policies)
      for (const form of forms)
        if (form !== undefined && form.mode === 'Enforce' && this.#mayCover(form))
          for (const condition of CONDITIONS) {
            const action = asks(form, condition, workload.kind);
            if (!isAtLeast(strictest, action) && this.#mayBreak(form, condition)) strictest = action;
          }
    return strictest;
  }

  /** The other way round: only what everybody must have seen asks, and all that anybody could have seen excuses. */
  least(): Action {
    const { policies, workload } = this.#seen;
    let strictest: Action = 'Ignore';
    for (const forms of policies) {
      const actions = forms.map((form) => {
        if (form?.mode !== 'Enforce' || !this.#mustCover(form)) return 'Ignore';
        const due = CONDITIONS.filter((condition) => this.#mustBreak(form, condition));
        return worst(due.map((condition) => asks(form, condition, workload.kind)));
      });
      const mildest = actions.reduce((a, b) => (isAtLeast(a, b) ? b : a), actions[0] ?? 'Ignore');
      if (isAtLeast(mildest, strictest)) strictest = mildest;
    }
    return strictest;
  }

  verdict(): string | undefined {
    const { workload, factsOf, policies, isPulled } = this.#seen;
    if (workload.images.some((image) => factsOf(image).length !== 1 || !isPulled(image))) return undefined;
    const covering = policies.flatMap((forms) => forms.filter((form) => form !== undefined && this.#mayCover(form)));
    const broken = CONDITIONS.filter((condition) =>
      covering.some((form) => form !== undefined && this.#mayBreak(form, condition)),
    );
    if (broken.includes('security') || broken.includes('license')) return 'Violating';
    if (broken.includes('unscanned')) return 'Unscanned';
    const speaks = covering.some(
      (form) => form !== undefined && form.unscanned !== undefined && !this.#mustYield(form, 'unscanned'),
    );
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
    const { workload } = this.#seen;
    const isHere =
      form.namespace === ''
        ? labels !== undefined && selects(form.namespaceSelector, labels)
        : form.namespace === workload.namespace;
    return isHere && selects(form.workloadSelector, workload.labels);
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
    const { workload, factsOf, isPulled } = this.#seen;
    if (this.#mayYield(form, condition)) return false;
    return workload.images
      .filter(isPulled)
      .some((image) =>
        factsOf(image).every((truth) =>
          breaches(form, image, truth).some(
            (breach) =>
              breach.condition === condition &&
              this.#isLongDue(form, image, breach) &&
              !this.#mayBeWaived(form, image, breach),
          ),
        ),
      );
  }

  // Since when its grace period is over for everybody; a restart may have begun it anew, so twice the time is given. That of
  // a scan begins anew with pods that are about to run (docs/design.md).
  #isLongDue(form: Form, image: string, breach: Breach): boolean {
    const { sinceMs, firstMs, touchedMs } = this.#seen;
    const beganMs = Math.max(firstMs(image, breach), breach.condition === 'unscanned' ? touchedMs : 0);
    return sinceMs >= beganMs + 2 * graceMs(form, breach.condition);
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
    if (other === undefined || other.namespace !== this.#seen.workload.namespace) return false;
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
    if (one === undefined || one.namespace !== workload.namespace || atMs >= one.expiresMs) return false;
    return lets(form, one) && names(one.spec, { ...workload, image, digest: digestOf(image) }, breach);
  }
}

function worst(actions: readonly Action[]): Action {
  return actions.reduce((a, b) => (isAtLeast(a, b) ? a : b), 'Ignore');
}
