// cli/dashboard/page: which workloads are listed, as it stands in the address. Pure.
import type { WorkloadLine } from '../item.js';

/** An empty text lets everything pass. */
export interface Filter {
  readonly namespace: string;
  readonly verdict: string;
  readonly action: string;
  readonly policy: string;
  /** All of its words must be there. */
  readonly text: string;
}

export const FILTER_NAMES = ['namespace', 'verdict', 'action', 'policy', 'text'] as const;

export const everything: Filter = { namespace: '', verdict: '', action: '', policy: '', text: '' };

export function filterIn(query: URLSearchParams): Filter {
  const text = (name: keyof Filter): string => query.get(name) ?? '';
  return {
    namespace: text('namespace'),
    verdict: text('verdict'),
    action: text('action'),
    policy: text('policy'),
    text: text('text'),
  };
}

export function matching(workloads: readonly WorkloadLine[], filter: Filter): readonly WorkloadLine[] {
  const words = filter.text.toLowerCase().split(/\s+/u).filter(Boolean);
  return workloads.filter((line) => isChosen(line, filter) && words.every((word) => textOf(line).includes(word)));
}

function isChosen(line: WorkloadLine, { namespace, verdict, action, policy }: Filter): boolean {
  return (
    (namespace === '' || line.namespace === namespace) &&
    (verdict === '' || line.verdict === verdict) &&
    (action === '' || line.action === action) &&
    (policy === '' || line.policies.includes(policy))
  );
}

function textOf({ namespace, kind, name, message, images, policies }: WorkloadLine): string {
  return [`${namespace}/${name}`, kind, message, ...images, ...policies].join('\n').toLowerCase();
}

export type Choices = Readonly<Record<Exclude<keyof Filter, 'text'>, readonly string[]>>;

/** What there is to choose from. */
export function choicesOf(workloads: readonly WorkloadLine[]): Choices {
  const sets = { namespace: new Set<string>(), verdict: new Set<string>(), action: new Set<string>() };
  const policies = new Set<string>();
  for (const line of workloads) {
    sets.namespace.add(line.namespace);
    sets.verdict.add(line.verdict);
    sets.action.add(line.action);
    for (const policy of line.policies) policies.add(policy);
  }
  return {
    namespace: [...sets.namespace].sort(),
    verdict: [...sets.verdict].sort(),
    action: [...sets.action].sort(),
    policy: [...policies].sort(),
  };
}
