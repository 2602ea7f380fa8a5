// bench/operator: what a process has used, by proc(5) and by its own metrics.
import { readFile } from 'node:fs/promises';
import { request } from 'undici';

const TICKS_A_SECOND = 100; // sysconf(_SC_CLK_TCK) on Linux

export interface Usage {
  readonly cpuSeconds: number;
  readonly rssMiB: number;
  readonly peakMiB: number;
  /** What it read and wrote, by sockets and files together, encryption included. */
  readonly readMiB: number;
  readonly writtenMiB: number;
}

export async function usageOf(pid: number): Promise<Usage> {
  const [stat, status, io] = await Promise.all(
    ['stat', 'status', 'io'].map(async (name) => readFile(`/proc/${pid}/${name}`, 'utf8')),
  );
  const [user, system] = (stat ?? '')
    .slice((stat ?? '').lastIndexOf(')') + 2)
    .split(' ')
    .slice(11, 13);
  return {
    cpuSeconds: (Number(user) + Number(system)) / TICKS_A_SECOND,
    rssMiB: numberAfter(status, 'VmRSS') / 1_024,
    peakMiB: numberAfter(status, 'VmHWM') / 1_024,
    readMiB: numberAfter(io, 'rchar') / 2 ** 20,
    writtenMiB: numberAfter(io, 'wchar') / 2 ** 20,
  };
}

function numberAfter(text: string | undefined, name: string): number {
  return Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(text ?? '')?.[1]);
}

export interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** @param text in Prometheus' format */
export function samplesIn(text: string): readonly Sample[] {
  return text.split('\n').flatMap((line): Sample[] => {
    const [, name, labels = '', value] = /^([a-z_:]+)(?:\{(.*)\})? ([^ ]+)$/.exec(line) ?? [];
    if (name === undefined) return [];
    const pairs = [...labels.matchAll(/([a-z_]+)="((?:[^"\\]|\\.)*)"/g)].map(
      ([, key = '', text = '']) => [key, text] as const,
    );
    return [{ name, labels: Object.fromEntries(pairs), value: Number(value) }];
  });
}

/** Of the operator itself. */
export async function metricsOf(port: number): Promise<readonly Sample[]> {
  const { body } = await request(`http://127.0.0.1:${port}/metrics`);
  return samplesIn(await body.text());
}

export function sumOf(samples: readonly Sample[], name: string, labels: Readonly<Record<string, string>> = {}): number {
  return samples
    .filter((one) => one.name === name && Object.entries(labels).every(([key, value]) => one.labels[key] === value))
    .reduce((sum, { value }) => sum + value, 0);
}
