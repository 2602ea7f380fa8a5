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
}

export function figureLine({ what, value, unit }: Figure): string {
  return `${what}: ${value.toFixed(value < 100 ? 2 : 0)} ${unit}`;
}

export function listTable(rows: readonly (readonly [name: string, figures: ListFigures | undefined])[]): string {
  const head = ['| candidate | objects | wall | CPU | memory after | peak |', '| --- | --- | --- | --- | --- | --- |'];
  const lines = rows.map(([name, figures]) =>
    figures === undefined
      ? `| ${name} | did not get there | | | | |`
      : `| ${name} | ${figures.objects} | ${figures.seconds.toFixed(2)} s | ${figures.cpuSeconds.toFixed(2)} s | ${figures.rssMiB.toFixed(0)} MiB | ${figures.peakMiB.toFixed(0)} MiB |`,
  );
  return [...head, ...lines].join('\n');
}
