// What an expression of PromQL speaks of, by Prometheus' own grammar.
import { parser } from '@prometheus-io/lezer-promql';

export interface Selected {
  readonly metric: string;
  /** Those that it is narrowed by. */
  readonly labels: readonly string[];
}

export interface Spoken {
  readonly selected: readonly Selected[];
  /** Those that it groups by, all over. */
  readonly grouped: readonly string[];
}

/** @throws Error where it is no PromQL */
export function spokenOf(expression: string): Spoken {
  const selected: { metric: string; labels: string[] }[] = [];
  const grouped: string[] = [];
  const within: string[] = [];
  parser.parse(expression).iterate({
    enter: ({ name, type, from, to }) => {
      if (type.isError) throw new Error(`no PromQL at ${from}: ${expression}`);
      const text = expression.slice(from, to);
      if (name === 'VectorSelector') selected.push({ metric: '', labels: [] });
      const last = selected.at(-1);
      if (name === 'Identifier' && within.at(-1) === 'VectorSelector' && last !== undefined) last.metric = text;
      if (name === 'LabelName' && within.includes('GroupingLabels')) grouped.push(text);
      else if (name === 'LabelName') last?.labels.push(text);
      within.push(name);
    },
    leave: () => {
      within.pop();
    },
  });
  return { selected, grouped };
}
