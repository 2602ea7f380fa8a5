// evaluate: label selectors with the semantics of metav1.LabelSelector: every clause must hold, an empty one selects all.
import type { LabelSelector, LabelSelectorRequirement } from '../api/v1alpha1/types.js';

export type Labels = Readonly<Record<string, string>>;

export type Selects = (labels: Labels) => boolean;

/** What a label has to be for a selector to hold; the index of workloads looks up the narrowest. */
export interface Requirement {
  readonly key: string;
  /** Absent: any value will do. */
  readonly values?: readonly string[];
}

export interface Selection {
  readonly selects: Selects;
  /** Those clauses that an index can answer; whoever uses them has to ask `selects` too. */
  readonly requires: readonly Requirement[];
}

export function selection(spec: LabelSelector | undefined): Selection {
  const requirements = requirementsOf(spec);
  const clauses = requirements.map(clause);
  return {
    selects: (labels) => clauses.every((holds) => holds(labels)),
    requires: requirements.flatMap(({ key, operator, values = [] }): Requirement[] => {
      if (operator === 'In') return [{ key, values }];
      return operator === 'Exists' ? [{ key }] : [];
    }),
  };
}

/** The key of a label of which the selector asks what can't be; such a selector selects nothing, ever. */
export function contradictoryKey(spec: LabelSelector | undefined): string | undefined {
  const byKey = Map.groupBy(requirementsOf(spec), ({ key }) => key);
  return [...byKey].find(([, clauses]) => isContradictory(clauses))?.[0];
}

function requirementsOf(spec: LabelSelector | undefined): readonly LabelSelectorRequirement[] {
  const exact = Object.entries(spec?.matchLabels ?? {}).map(([key, value]): LabelSelectorRequirement => ({
    key,
    operator: 'In',
    values: [value],
  }));
  return [...exact, ...(spec?.matchExpressions ?? [])];
}

function clause({ key, operator, values = [] }: LabelSelectorRequirement): Selects {
  switch (operator) {
    case 'In':
      return (labels) => labels[key] !== undefined && values.includes(labels[key]);
    case 'NotIn':
      return (labels) => labels[key] === undefined || !values.includes(labels[key]);
    case 'Exists':
      return (labels) => labels[key] !== undefined;
    case 'DoesNotExist':
      return (labels) => labels[key] === undefined;
  }
}

function isContradictory(clauses: readonly LabelSelectorRequirement[]): boolean {
  const of = (operator: LabelSelectorRequirement['operator']): readonly LabelSelectorRequirement[] =>
    clauses.filter((one) => one.operator === operator);
  const [first, ...others] = of('In').map(({ values = [] }) => new Set(values));
  const mustBeThere = first !== undefined || of('Exists').length > 0;
  if (mustBeThere && of('DoesNotExist').length > 0) return true;
  if (first === undefined) return false;
  const common = others.reduce((left, right) => left.intersection(right), first);
  const excluded = new Set(of('NotIn').flatMap(({ values = [] }) => values));
  return common.isSubsetOf(excluded);
}
