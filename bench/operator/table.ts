// bench/operator: prints what was measured last, from bench/results, as the tables of docs/performance.md.
import { type Figure, ratio, type Runs, runsOf, shown, stepsOf, stretchesOf } from './figures.js';

const SIZES = [1_000, 10_000, 100_000];
const BESIDE = 10_000; // pods, of what is measured at one size
const sizes = SIZES.map((pods) => `${pods.toLocaleString('en')} pods`);

type Row = readonly string[];

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
    SIZES.map(async (pods) => ({ cold: await runsOf(`cold-start-${pods}`), bare: await runsOf(`reference-${pods}`) })),
  );
  const row = (what: string, of: (one: (typeof all)[number]) => Figure): Row => [
    what,
    ...all.map((one) => shown(of(one))),
  ];
  const own = (what: string, ...path: readonly string[]): Row => row(what, ({ cold }) => cold.at(...path));
  const verbs = new Set(all.flatMap(({ cold }) => cold.namesAt('requests')));
  print(
    ['cold start', ...sizes],
    [
      own('caches in step (s)', 'inStepSeconds'),
      own('all facts (s)', 'factsSeconds'),
      own('first stop (s)', 'firstStopSeconds'),
      own('last stop (s)', 'lastStopSeconds'),
      own('workloads stopped', 'stopped'),
      own('all results (s)', 'resultsSeconds'),
      row('the reference: all results (s)', ({ bare }) => bare.at('seconds')),
      row('times the reference', ({ cold, bare }) => ratio(cold.at('resultsSeconds'), bare.at('seconds'))),
      own('CPU (s)', 'usage', 'cpuSeconds'),
      row('CPU of the reference (s)', ({ bare }) => bare.at('cpuSeconds')),
      own('resident at its peak (MiB)', 'atRest', 'peakMiB'),
      own('resident at rest (MiB)', 'atRest', 'rssMiB'),
      own('heap at rest (MiB)', 'heapMiB'),
      own('event loop held, p99 (ms)', 'loopDelayP99Ms'),
      own('read, Xray and TLS included (MiB)', 'usage', 'readMiB'),
      own('written (MiB)', 'usage', 'writtenMiB'),
      own('requests to Xray', 'xrayRequests'),
      row('results in etcd, for 1,000 workloads (MB)', ({ cold }) => megabytesPer1000(cold)),
      ...[...verbs].sort().map((verb) => own(verb, 'requests', verb)),
    ],
  );
}

/** Bytes an object are kilobytes for a thousand. */
function megabytesPer1000(cold: Runs): Figure {
  const objects = cold.at('resultsInEtcd', 'objects');
  return cold.at('resultsInEtcd', 'bytes').map((bytes, run) => bytes / (objects[run] ?? Number.NaN) / 1_000);
}

async function sideBySide(): Promise<void> {
  const [own, go, latency] = [
    await runsOf(`cold-start-${BESIDE}`),
    await runsOf(`go-operator-${BESIDE}`),
    await runsOf(`latency-${BESIDE}`),
  ];
  const row = (what: string, ours: Figure, theirs: Figure): Row => [
    what,
    shown(ours),
    shown(theirs),
    shown(ratio(ours, theirs)),
  ];
  const quantile = (name: string): Row =>
    row(`pod to result, ${name} (ms)`, latency.at('podToResultMs', name), go.at('podToResultMs', name));
  print(
    ['10,000 pods', 'the operator', 'by controller-runtime', 'times'],
    [
      row('caches in step (s)', own.at('inStepSeconds'), go.at('inStepSeconds')),
      row('all results (s)', own.at('resultsSeconds'), go.at('resultsSeconds')),
      row('CPU until then (s)', own.at('usage', 'cpuSeconds'), go.at('cpuSeconds')),
      row('resident at its peak (MiB)', own.at('atRest', 'peakMiB'), go.at('atRest', 'peakMiB')),
      row('resident at rest (MiB)', own.at('atRest', 'rssMiB'), go.at('atRest', 'rssMiB')),
      ...['median', 'p95', 'p99', 'worst'].map(quantile),
    ],
  );
}

async function steadyTable(): Promise<void> {
  const all = await Promise.all(SIZES.map(async (pods) => runsOf(`steady-${pods}`)));
  const row = (what: string, ...path: readonly string[]): Row => [what, ...all.map((one) => shown(one.at(...path)))];
  const checks = new Set(all.flatMap((one) => one.namesAt('checks')));
  print(
    ['steady state', ...sizes],
    [
      row('changes', 'changes'),
      row('seconds', 'seconds'),
      ['share of a core (%)', ...all.map((one) => shown(one.at('coreShare').map((share) => share * 100)))],
      row('event loop held, p99 (ms)', 'loopDelayP99Ms'),
      row('the same of a process that does nothing (ms)', 'machineDelayP99Ms'),
      row('results written', 'resultWrites'),
      row('renewals of the lease', 'requests', 'PUT'),
      row('other writes', 'requests', 'PATCH'),
      row('summaries that the clock alone explains', 'summariesByClock'),
      row('summaries asked', 'xrayRequests', 'POST /api/v2/summary/artifact'),
      row('resident (MiB)', 'restMiB'),
      ...[...checks].map((check) => [`${check}, in so many runs`, ...all.map((one) => one.holds('checks', check))]),
    ],
  );
}

async function changesTable(): Promise<void> {
  const names = ['workloads', 'firstSeconds', 'lastSeconds', 'stopped', 'restored', 'resultWrites', 'cpuSeconds'];
  print(
    ['change, 10,000 pods', 'workloads', 'first (s)', 'last (s)', 'stopped', 'restored', 'writes', 'CPU (s)'],
    rowsOf(await stepsOf(`changes-${BESIDE}`), 'what', names),
  );
}

async function failOverTable(): Promise<void> {
  print(
    ['fail-over, 10,000 pods', 'without a leader (s)', 'asked of Xray', 'results written', 'stopped again'],
    rowsOf(await stepsOf(`fail-over-${BESIDE}`), 'how', [
      'withoutLeaderSeconds',
      'xraySummaries',
      'resultWrites',
      'stops',
    ]),
  );
}

async function daysTable(): Promise<void> {
  const names = ['heapMiB', 'rollouts', 'stops', 'restores', 'resultWrites'];
  const { whole, stretches } = await stretchesOf('days', 'days');
  if (stretches.length === 0) return;
  print(
    ['simulated day', 'heap at its end (MiB)', 'rollouts', 'stops', 'restores', 'results written'],
    [...rowsOf(stretches, 'day', names), ['without the operator', shown(whole.at('withoutOperatorMiB'))]],
  );
}

function rowsOf(steps: readonly Runs[], called: string, names: readonly string[]): readonly Row[] {
  return steps.map((step) => [step.called(called), ...names.map((name) => shown(step.at(name)))]);
}

function print(head: Row, rows: readonly Row[]): void {
  if (rows.length === 0) return;
  const whole = [head, ...rows.map((row) => head.map((_, i) => row[i] ?? ''))];
  const widths = head.map((_, i) => Math.max(...whole.map((row) => row[i]?.length ?? 0)));
  const line = (cells: Row): string => `| ${cells.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join(' | ')} |`;
  const rule = `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`;
  process.stdout.write(`${[line(head), rule, ...whole.slice(1).map(line)].join('\n')}\n\n`);
}

await main();
