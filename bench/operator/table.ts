// bench/operator: prints what was measured last, from bench/results, as the tables of docs/performance.md.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

type Json = Readonly<Record<string, unknown>>;

const SIZES = [1_000, 10_000, 100_000];
const NONE = '';

async function main(): Promise<void> {
  await startTable();
  await sideBySide();
  await steadyTable();
  await changesTable();
  await failOverTable();
  await daysTable();
}

async function startTable(): Promise<void> {
  const all = await Promise.all(
    SIZES.map(async (pods) => ({ cold: await runOf('cold-start', pods), bare: await runOf('reference', pods) })),
  );
  const row = (what: string, of: (one: (typeof all)[number]) => number | undefined): readonly string[] => [
    what,
    ...all.map((one) => shown(of(one))),
  ];
  const rows = [
    row('caches in step (s)', ({ cold }) => at(cold, 'inStepSeconds')),
    row('all facts (s)', ({ cold }) => at(cold, 'factsSeconds')),
    row('first stop (s)', ({ cold }) => at(cold, 'firstStopSeconds')),
    row('last stop (s)', ({ cold }) => at(cold, 'lastStopSeconds')),
    row('workloads stopped', ({ cold }) => at(cold, 'stopped')),
    row('all results (s)', ({ cold }) => at(cold, 'resultsSeconds')),
    row('the reference: all results (s)', ({ bare }) => at(bare, 'seconds')),
    row('times the reference', ({ cold, bare }) => ratio(at(cold, 'resultsSeconds'), at(bare, 'seconds'))),
    row('CPU (s)', ({ cold }) => at(cold, 'usage', 'cpuSeconds')),
    row('CPU of the reference (s)', ({ bare }) => at(bare, 'cpuSeconds')),
    row('resident at its peak (MiB)', ({ cold }) => at(cold, 'atRest', 'peakMiB')),
    row('resident at rest (MiB)', ({ cold }) => at(cold, 'atRest', 'rssMiB')),
    row('heap at rest (MiB)', ({ cold }) => at(cold, 'heapMiB')),
    row('event loop held, p99 (ms)', ({ cold }) => at(cold, 'loopDelayP99Ms')),
    row('read, Xray and TLS included (MiB)', ({ cold }) => at(cold, 'usage', 'readMiB')),
    row('written (MiB)', ({ cold }) => at(cold, 'usage', 'writtenMiB')),
    row('requests to Xray', ({ cold }) => at(cold, 'xrayRequests')),
    row('results in etcd, for 1,000 workloads (MB)', ({ cold }) => {
      const bytes = at(cold, 'resultsInEtcd', 'bytes');
      return ratio(bytes, (at(cold, 'resultsInEtcd', 'objects') ?? 0) * 1_000);
    }),
    ...verbRows(all.map(({ cold }) => cold)),
  ];
  print(['cold start', ...SIZES.map((pods) => `${pods.toLocaleString('en')} pods`)], rows);
}

/** Requests to the API server, those that were made often. */
function verbRows(colds: readonly (Json | undefined)[]): readonly (readonly string[])[] {
  const verbs = new Set(colds.flatMap((cold) => Object.keys(objectAt(cold, 'requests'))));
  return [...verbs].sort().map((verb) => [verb, ...colds.map((cold) => shown(at(cold, 'requests', verb)))]);
}

async function sideBySide(): Promise<void> {
  const pods = 10_000;
  const [own, go, latency] = [
    await runOf('cold-start', pods),
    await runOf('go-operator', pods),
    await runOf('latency', pods),
  ];
  const row = (what: string, ours: number | undefined, theirs: number | undefined): readonly string[] => [
    what,
    shown(ours),
    shown(theirs),
    shown(ratio(ours, theirs)),
  ];
  const quantile = (name: string): readonly string[] =>
    row(`pod to result, ${name} (ms)`, at(latency, 'podToResultMs', name), at(go, 'podToResultMs', name));
  print(
    ['10,000 pods', 'the operator', 'by controller-runtime', 'times'],
    [
      row('caches in step (s)', at(own, 'inStepSeconds'), at(go, 'inStepSeconds')),
      row('all results (s)', at(own, 'resultsSeconds'), at(go, 'resultsSeconds')),
      row('CPU until then (s)', at(own, 'usage', 'cpuSeconds'), at(go, 'cpuSeconds')),
      row('resident at its peak (MiB)', at(own, 'atRest', 'peakMiB'), at(go, 'atRest', 'peakMiB')),
      row('resident at rest (MiB)', at(own, 'atRest', 'rssMiB'), at(go, 'atRest', 'rssMiB')),
      ...['median', 'p95', 'p99', 'worst'].map(quantile),
    ],
  );
}

async function steadyTable(): Promise<void> {
  const all = await Promise.all(SIZES.map(async (pods) => runOf('steady', pods)));
  const row = (what: string, ...path: readonly string[]): readonly string[] => [
    what,
    ...all.map((one) => shown(at(one, ...path))),
  ];
  const checks = [...new Set(all.flatMap((one) => Object.keys(objectAt(one, 'checks'))))];
  print(
    ['steady state, 20 changes a second', ...SIZES.map((pods) => `${pods.toLocaleString('en')} pods`)],
    [
      row('changes', 'changes'),
      row('share of a core', 'coreShare'),
      row('event loop held, p99 (ms)', 'loopDelayP99Ms'),
      row('the same of a process that does nothing (ms)', 'machineDelayP99Ms'),
      row('results written', 'resultWrites'),
      row('renewals of the lease', 'requests', 'PUT'),
      row('other writes', 'requests', 'PATCH'),
      row('summaries that the clock alone explains', 'summariesByClock'),
      row('summaries asked', 'xrayRequests', 'POST /api/v2/summary/artifact'),
      row('resident (MiB)', 'restMiB'),
      ...checks.map((check) => [
        check,
        ...all.map((one) => (one === undefined ? NONE : String(objectAt(one, 'checks')[check] === true))),
      ]),
    ],
  );
}

async function changesTable(): Promise<void> {
  const rows = (await listOf('changes', 10_000)).map((one) => [
    String(one['what']),
    ...['workloads', 'firstSeconds', 'lastSeconds', 'stopped', 'restored', 'resultWrites', 'cpuSeconds'].map((name) =>
      shown(at(one, name)),
    ),
  ]);
  print(
    ['change, 10,000 pods', 'workloads', 'first (s)', 'last (s)', 'stopped', 'restored', 'writes', 'CPU (s)'],
    rows,
  );
}

async function failOverTable(): Promise<void> {
  const rows = (await listOf('fail-over', 10_000)).map((one) => [
    String(one['how']),
    ...['withoutLeaderSeconds', 'xraySummaries', 'resultWrites', 'stops'].map((name) => shown(at(one, name))),
  ]);
  print(['fail-over, 10,000 pods', 'without a leader (s)', 'asked of Xray', 'results written', 'stopped again'], rows);
}

async function daysTable(): Promise<void> {
  const kept = await read('days');
  const days = kept?.['days'];
  if (!Array.isArray(days)) return;
  const rows = days
    .filter(isObject)
    .map((day) =>
      ['day', 'heapMiB', 'rollouts', 'stops', 'restores', 'resultWrites'].map((name) => shown(at(day, name))),
    );
  rows.push(['without the operator', shown(at(kept, 'withoutOperatorMiB'))]);
  print(['simulated day', 'heap at its end (MiB)', 'rollouts', 'stops', 'restores', 'results written'], rows);
}

async function read(name: string): Promise<Json | undefined> {
  const text = await readFile(join('bench', 'results', `${name}.json`), 'utf8').catch(() => undefined);
  const value: unknown = text === undefined ? undefined : JSON.parse(text);
  return isObject(value) ? value : undefined;
}

async function runsOf(name: string, pods: number): Promise<readonly unknown[]> {
  const runs: unknown = (await read(`${name}-${pods}`))?.['runs'];
  return Array.isArray(runs) ? runs.map((one: unknown) => one) : [];
}

/** Each figure is the median of its runs. */
async function runOf(name: string, pods: number): Promise<Json | undefined> {
  const runs = (await runsOf(name, pods)).filter(isObject);
  const [first] = runs;
  return first && medians(first, runs);
}

function medians(of: Json, all: readonly Json[]): Json {
  return Object.fromEntries(
    Object.entries(of).map(([name, value]) => {
      const values = all.map((one) => one[name]);
      if (isObject(value)) return [name, medians(value, values.filter(isObject))];
      if (typeof value !== 'number') return [name, value];
      const sorted = values.filter((one) => typeof one === 'number').sort((a, b) => a - b);
      return [name, sorted[Math.floor((sorted.length - 1) / 2)]];
    }),
  );
}

/** Of scenarios with several figures a run: those of the last run. */
async function listOf(name: string, pods: number): Promise<readonly Json[]> {
  const last = (await runsOf(name, pods)).at(-1);
  return Array.isArray(last) ? last.filter(isObject) : [];
}

function at(json: Json | undefined, ...path: readonly string[]): number | undefined {
  const found = path.reduce<unknown>((value, name) => (isObject(value) ? value[name] : undefined), json);
  return typeof found === 'number' ? found : undefined;
}

function objectAt(json: Json | undefined, name: string): Json {
  const value = json?.[name];
  return isObject(value) ? value : {};
}

function ratio(one: number | undefined, other: number | undefined): number | undefined {
  return one === undefined || other === undefined ? undefined : one / other;
}

function shown(value: number | undefined): string {
  if (value === undefined) return NONE;
  return value >= 100 ? Math.round(value).toLocaleString('en') : String(Math.round(value * 100) / 100);
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function print(head: readonly string[], rows: readonly (readonly string[])[]): void {
  if (rows.length === 0) return;
  const whole = [head, ...rows.map((row) => head.map((_, i) => row[i] ?? NONE))];
  const widths = head.map((_, i) => Math.max(...whole.map((row) => row[i]?.length ?? 0)));
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join(' | ')} |`;
  const rule = `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`;
  process.stdout.write(`${[line(head), rule, ...whole.slice(1).map(line)].join('\n')}\n\n`);
}

await main();
