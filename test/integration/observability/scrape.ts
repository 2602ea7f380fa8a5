// What a scrape of /metrics answers, as data.

export interface ShownMetric {
  readonly name: string;
  readonly type: string;
}

export interface Series {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

export interface Scrape {
  readonly metrics: readonly ShownMetric[];
  readonly series: readonly Series[];
  /** @returns undefined where there is no such series */
  value(name: string, labels?: Readonly<Record<string, string>>): number | undefined;
}

export async function scrape(port: number): Promise<Scrape> {
  const response = await fetch(`http://127.0.0.1:${port}/metrics`);
  return scraped(await response.text());
}

function scraped(text: string): Scrape {
  const lines = text.split('\n');
  const metrics = lines.flatMap((line) => {
    const [, name = '', type = ''] = /^# TYPE (\S+) (\S+)$/.exec(line) ?? [];
    return name === '' ? [] : [{ name, type }];
  });
  const series = lines.flatMap((line): readonly Series[] => {
    const [, name = '', labels = '', value = ''] = /^([a-z_]+)(?:\{(.*)\})? (\S+)$/.exec(line) ?? [];
    if (name === '') return [];
    const pairs = [...labels.matchAll(/([a-z_]+)="((?:[^"\\]|\\.)*)"/g)];
    return [
      {
        name,
        labels: Object.fromEntries(pairs.map(([, label = '', text = '']) => [label, text])),
        value: Number(value),
      },
    ];
  });
  return {
    metrics,
    series,
    value: (name, labels = {}) =>
      series.find(
        (one) => one.name === name && Object.entries(labels).every(([label, text]) => one.labels[label] === text),
      )?.value,
  };
}
