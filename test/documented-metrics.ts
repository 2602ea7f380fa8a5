// The metrics that docs/metrics.md has, as data.
import { readFileSync } from 'node:fs';

export interface DocumentedMetric {
  readonly name: string;
  readonly type: string;
  readonly labels: readonly string[];
  readonly unit: string;
  readonly meaning: string;
}

const NAME = /^`([a-z_]+)`$/;

export function documentedMetrics(): readonly DocumentedMetric[] {
  return readFileSync('docs/metrics.md', 'utf8')
    .split('\n')
    .filter((line) => line.startsWith('| `'))
    .map((line) => {
      const [name = '', type = '', labels = '', unit = '', meaning = ''] = line
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim());
      return {
        name: NAME.exec(name)?.[1] ?? name,
        type,
        labels: [...labels.matchAll(/`([a-z]+)`/g)].map(([, label = '']) => label),
        unit,
        meaning,
      };
    });
}
