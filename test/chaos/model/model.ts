// chaos/model: what may and what must happen to a workload, told from what was written and from what Xray said, and never from
// what the operator did. Where somebody who watches may lag behind, both ends are given: the most and the least that he can believe.
import type { Truth } from '../story/findings.js';
import type { Action, PolicyKey } from '../story/world.js';
import type { Breach, Form, Labels, PolicyForm } from './rules.js';
import { Timeline, Troubles } from './timeline.js';
import { type Courses, isIn } from './held-since.js';
import { type GrantedException, type Judged, View } from './view.js';

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

export class Model {
  readonly #namespaces: Named<Labels> = new Map();
  readonly #policies: Named<Form> = new Map();
  readonly #exceptions: Named<GrantedException & { readonly namespace: string }> = new Map();
  readonly #facts = new Map<string, Timeline<Truth>>();
  /** When the workload first had the image: no grace period can have begun before. */
  readonly #imageSince = new Map<string, number>();
  /** When it last came to have the image; one that it no longer has may run on in its pods. */
  readonly #imageAgain = new Map<string, number>();
  readonly #shapes = new Map<string, { readonly images: readonly string[]; readonly labels: Timeline<Labels> }>();
  /** Since when it has been running with the image; before its pods have pulled it, nobody can tell what it is. */
  readonly #runsSince = new Map<string, number>();
  /** With which images it has ever run. */
  readonly #ran = new Set<string>();
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

  setPolicy(key: PolicyKey, spec: PolicyForm | undefined, atMs: number): void {
    put(this.#policies, nameOf(key), spec && { ...spec, ...key }, atMs);
  }

  setException(key: PolicyKey, granted: GrantedException | undefined, atMs: number): void {
    const { namespace, name } = key;
    put(this.#exceptions, `${namespace}/${name}`, granted && { ...granted, namespace }, atMs);
  }

  setFacts(image: string, truth: Truth, atMs: number): void {
    this.#factsOf(image).set(truth, atMs);
  }

  /** From now on it has these images, and runs them or does not. */
  seen({ uid, images, labels }: Judged, runs: boolean, atMs: number): void {
    this.#touched.set(uid, atMs);
    this.#isNow({ uid, images, labels }, atMs);
    for (const image of images) {
      const key = `${uid} ${image}`;
      if (!this.#imageSince.has(key)) this.#imageSince.set(key, atMs);
      if (runs && !this.#runsSince.has(key)) this.#runsSince.set(key, atMs);
    }
    if (runs) return;
    for (const [key, sinceMs] of this.#runsSince)
      if (key.startsWith(`${uid} `) && atMs - sinceMs < LONGEST_PULL_MS) this.#runsSince.delete(key);
  }

  #isNow({ uid, images, labels }: Pick<Judged, 'uid' | 'images' | 'labels'>, atMs: number): void {
    const before = this.#shapes.get(uid) ?? { images: [], labels: new Timeline(labels) };
    before.labels.set(labels, atMs);
    this.#shapes.set(uid, { ...before, images });
    for (const image of images) if (!before.images.includes(image)) this.#imageAgain.set(`${uid} ${image}`, atMs);
  }

  /** It runs with these images, or has for a time: so it can be told what their tags meant. */
  ran({ uid, images }: Judged): void {
    for (const image of images) this.#ran.add(`${uid} ${image}`);
  }

  apiTrouble(fromMs: number, forMs: number): void {
    this.#api.add(fromMs, forMs);
  }

  xrayTrouble(fromMs: number, forMs: number): void {
    this.#xray.add(fromMs, forMs);
  }

  /** Nothing keeps anybody from seeing and doing what there is to do. */
  isCalm(atMs: number): boolean {
    return this.#api.isCalm(atMs) && this.#xray.isCalm(atMs);
  }

  /** What may be believed of the workload at that time. */
  bounds(workload: Judged, atMs: number): Bounds {
    const view = this.#view(workload, atMs);
    return { most: view.most(), least: view.least() };
  }

  /** Whether somebody could believe that it may be taken back to what it was before. */
  mayRollBack(workload: Judged, atMs: number): boolean {
    return this.#view(workload, atMs).mayRollBack();
  }

  /** Whether nobody could believe that one of those who ask for a stop does not agree to a rollback. */
  allRollBack(workload: Judged, atMs: number): boolean {
    return !this.#view(workload, atMs).mayRefuseRollback();
  }

  /** Whether it has run before as it is now, and somebody could believe that it complies so, by what Xray said. */
  mayRunAgain(workload: Judged, atMs: number): boolean {
    const hasRun = workload.images.every((image) => this.#ran.has(`${workload.uid} ${image}`));
    return hasRun && this.#view(workload, atMs).mayComply();
  }

  /** Whether somebody could believe that a policy asks for it that is approved. */
  mayBeApproved(workload: Judged, action: Action, atMs: number): boolean {
    return this.#view(workload, atMs).mayBeApproved(action);
  }

  /** The mildest that is asked for by policies that are approved. */
  leastApproved(workload: Judged, atMs: number): Action {
    return this.#view(workload, atMs).least((form) => form.isApproved === true);
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
      factsSinceMs: factsSince,
      namespace: this.#namespaces.get(workload.namespace)?.during(since, atMs) ?? [undefined],
      policies: during(this.#policies),
      exceptions: during(this.#exceptions),
      factsOf: (image) => this.#believed(image, factsSince, atMs),
      firstMs: (image, breach) => this.#firstMs(workload, image, breach),
      coursesOf: (form, image) => this.#coursesOf(workload, form, image),
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

  #coursesOf({ uid, namespace, labels }: Judged, form: Form, image: string): Courses {
    return {
      imageMs: this.#imageAgain.get(`${uid} ${image}`) ?? 0,
      labels: this.#shapes.get(uid)?.labels ?? new Timeline(labels),
      namespace: this.#namespaces.get(namespace) ?? new Timeline<Labels | undefined>(undefined),
      policy: this.#policies.get(nameOf(form)) ?? new Timeline<Form | undefined>(form),
      all: [...this.#policies.values()],
      facts: this.#factsOf(image),
    };
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

function nameOf({ namespace, name }: PolicyKey): string {
  return `${namespace}/${name}`;
}
