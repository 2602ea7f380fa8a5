// How figures are printed.

export interface Figure {
  readonly what: string;
  readonly value: number;
  readonly unit: string;
}

export interface ListFigures {
  readonly objects: number;
  readonly seconds: number;
  readonly cpuSeconds: number;
  readonly rssMiB: number;
  readonly peakMiB: number;
  /** What the API server used meanwhile. */
  readonly serverCpuSeconds: number;
}

export function figureLine({ what, value, unit }: Figure): string {
  return `${what}: ${value.toFixed(value < 100 ? 2 : 0)} ${unit}`;
}

/** Of each, the run with the median wall time, and in brackets the shortest and the longest. */
export function listTable(rows: readonly (readonly [name: string, runs: readonly ListFigures[]])[]): string {
  const head = [
    '| candidate | objects | wall | CPU | CPU of the API server | memory after | peak |',
    '| --- | --- | --- | --- | --- | --- | --- |',
  ];
  return [...head, ...rows.map(([name, runs]) => listRow(name, runs))].join('\n');
}

function listRow(name: string, runs: readonly ListFigures[]): string {
  const sorted = runs.toSorted((a, b) => a.seconds - b.seconds);
  const median = sorted[Math.floor(sorted.length / 2)];
  if (median === undefined) return `| ${name} | did not get there | | | | | |`;
  const { objects, seconds, cpuSeconds, serverCpuSeconds, rssMiB, peakMiB } = median;
  const range = `${sorted[0]?.seconds.toFixed(2) ?? ''} to ${sorted.at(-1)?.seconds.toFixed(2) ?? ''}`;
  return `| ${name} | ${objects} | ${seconds.toFixed(2)} s (${range}) | ${cpuSeconds.toFixed(2)} s | ${serverCpuSeconds.toFixed(2)} s | ${rssMiB.toFixed(0)} MiB | ${peakMiB.toFixed(0)} MiB |`;
}
