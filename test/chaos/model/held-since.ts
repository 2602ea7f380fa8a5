// chaos/model: since when a rule is broken without a break. Grace periods count from when a violation was first seen, and a finding
// that no rule names is none (docs/policy.md): so none begins before the rule names it, selects the workload and has not given way.
import type { Facts, Truth } from '../story/findings.js';
import { type Breach, breaches, type Form, type Labels } from './rules.js';
import type { Timeline } from './timeline.js';

/** What a violation hangs on, over time. */
export interface Courses {
  /** When the workload last came to have the image. */
  readonly imageMs: number;
  readonly labels: Timeline<Labels>;
  readonly namespace: Timeline<Labels | undefined>;
  /** The one whose rule it is. */
  readonly policy: Timeline<Form | undefined>;
  readonly all: readonly Timeline<Form | undefined>[];
  readonly facts: Timeline<Truth>;
}

/** What breaks a rule of which policy, and how to read the policies. */
export interface Broken {
  readonly form: Form;
  readonly image: string;
  readonly breach: Breach;
  readonly covers: (form: Form, namespace: Labels | undefined, labels: Labels) => boolean;
  /** Whether a `Default` gives way to it. */
  readonly takesOver: (other: Form | undefined) => boolean;
}

export interface HeldSince {
  /** By what was written to the API server. */
  readonly writtenMs: number;
  /** By what Xray said. */
  readonly saidMs: number;
}

export function heldSince(
  { form, image, breach, covers, takesOver }: Broken,
  { imageMs, labels, namespace, policy, all, facts }: Courses,
  atMs: number,
): HeldSince {
  // That there is no scan counts from when the image was first seen, whoever has asked for one since.
  if (breach.condition === 'unscanned') return { writtenMs: imageMs, saidMs: Number.NEGATIVE_INFINITY };
  const breaks = (version: Form | undefined): boolean =>
    version !== undefined &&
    covers(version, namespace.now, labels.now) &&
    breaches(version, image, only(breach)).some(({ condition }) => condition === breach.condition);
  const writtenMs = Math.max(
    imageMs,
    policy.heldSinceMs(breaks, atMs),
    labels.heldSinceMs((own) => covers(form, namespace.now, own), atMs),
    namespace.heldSinceMs((own) => covers(form, own, labels.now), atMs),
    ...(form.tier === 'Default' ? all.map((other) => other.heldSinceMs((one) => !takesOver(one), atMs)) : []),
  );
  return { writtenMs, saidMs: facts.heldSinceMs((truth) => isIn(truth, breach.what), atMs) };
}

/** As if nothing else had been found. */
function only({ what }: Breach): Facts {
  return typeof what === 'string' ? { issues: [], licenses: [what] } : { issues: [what], licenses: [] };
}

export function isIn(truth: Truth, what: Breach['what']): boolean {
  if (truth === 'none') return what === 'unscanned';
  return typeof what === 'string'
    ? truth.licenses.includes(what)
    : truth.issues.some(({ issue_id: id }) => id === what.issue_id);
}
