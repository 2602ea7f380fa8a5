// evaluate: label selectors with the semantics of metav1.LabelSelector: every clause must hold, an empty one selects all.
import type { LabelSelector } from '../api/v1alpha1/types.js';

export type Selects = (labels: Readonly<Record<string, string>>) => boolean;

export function selector(spec: LabelSelector | undefined): Selects {
  const clauses: Selects[] = [
    ...Object.entries(spec?.matchLabels ?? {}).map(
      ([key, value]): Selects =>
        (labels) =>
          labels[key] === value,
    ),
    ...(spec?.matchExpressions ?? []).map(expression),
  ];
  return (labels) => clauses.every((holds) => holds(labels));
}

function expression({ key, operator, values = [] }: NonNullable<LabelSelector['matchExpressions']>[number]): Selects {
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
