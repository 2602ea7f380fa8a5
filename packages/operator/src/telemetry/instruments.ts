// telemetry: prom-client's instruments with typed labels, each on the registry of its manager and on no global one.
import { Counter, Gauge, Histogram, Registry } from 'prom-client';

/** Where the figures of one manager are kept: prom-client's. */
export { Registry };

interface Text<L extends string> {
  readonly name: string;
  readonly help: string;
  readonly labels: readonly L[];
}

export function counter<L extends string>(registry: Registry, { name, help, labels }: Text<L>): Counter<L> {
  return new Counter({ name, help, labelNames: labels, registers: [registry] });
}

/** Of what somebody else counts; read when somebody scrapes. */
export function readCounter(registry: Registry, { name, help }: Omit<Text<never>, 'labels'>, read: () => number): void {
  new Counter({
    name,
    help,
    registers: [registry],
    collect(): void {
      this.reset();
      this.inc(read());
    },
  });
}

export function histogram<L extends string>(
  registry: Registry,
  { name, help, labels, buckets }: Text<L> & { readonly buckets: readonly number[] },
): Histogram<L> {
  return new Histogram({ name, help, labelNames: labels, buckets: [...buckets], registers: [registry] });
}

export type Sample<L extends string> = readonly [labels: Readonly<Record<L, string>>, value: number];

/** Read when somebody scrapes. */
export function gauge<L extends string>(
  registry: Registry,
  { name, help, labels }: Text<L>,
  read: () => Iterable<Sample<L>>,
): void {
  new Gauge({
    name,
    help,
    labelNames: labels,
    registers: [registry],
    collect(): void {
      this.reset();
      for (const [where, value] of read()) this.set(where, value);
    },
  });
}
