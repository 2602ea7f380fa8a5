// cli/judge: the command `test`: files in, a report out, and an exit code for pipelines.
import { type Command, type Given, NAMESPACE, outputOption } from '../command.js';
import { type ExitCode, Trouble } from '../exit-code.js';
import { usage } from '../given.js';
import { paintFor } from '../style.js';
import { timeGiven } from '../time-given.js';
import type { SourceFile, World } from '../world.js';
import type { Facts } from './facts.js';
import { factsFromFile } from './facts-file.js';
import { factsFromXray } from './facts-xray.js';
import { exitCodeOf, judgeAll } from './judge.js';
import { type Manifest, manifestsIn } from './manifests.js';
import { type Report, reportOf } from './report.js';
import { sarifReport } from './report-sarif.js';
import { textReport } from './report-text.js';
import { type Rules, rulesIn } from './rules.js';
import { type ManifestWorkload, workloadsIn } from './workloads.js';

export const testCommand: Command = {
  name: 'test',
  summary: 'judge manifests before they are applied, without a cluster',
  usage: 'test -f PATH... --policies PATH... [--facts FILE | --xray-url URL] [OPTIONS]',
  maxArguments: 0,
  options: [
    { name: 'filename', short: 'f', value: 'PATH', many: true, help: 'manifests: a file, a folder, or - ' },
    { name: 'policies', value: 'PATH', many: true, help: 'policies, exceptions, and namespaces for their labels' },
    { name: 'facts', value: 'FILE', help: 'what Xray knows, from a file' },
    { name: 'xray-url', value: 'URL', help: 'ask this Xray; its access token comes from XRAY_TOKEN' },
    { ...NAMESPACE, help: 'the namespace of objects that name none (default: default)' },
    {
      name: 'fail-on',
      value: 'WHAT',
      choices: ['violation', 'action'],
      help: 'exit with 1 on any violation (the default), or only where a policy in mode Enforce asks for an action',
    },
    { name: 'now', value: 'TIME', help: 'judge as at this time, as in 2027-01-31T00:00:00Z (default: now)' },
    outputOption(['text', 'json', 'sarif']),
  ],
  details: [
    'Deployments, StatefulSets, DaemonSets, ReplicaSets, Jobs, CronJobs and Pods are judged by the same rules as in the cluster, as if',
    'each were seen now for the first time: grace periods begin now. Waived violations do not fail.',
    'An image that the facts do not hold has no scan. Xray knows images by digest only: with --xray-url an image that pins',
    'no digest is Unknown, and the exit code 2.',
  ].join('\n'),
  run: async (given, world) => runTest(given, world),
};

async function runTest(given: Given, world: World): Promise<ExitCode> {
  const now = timeGiven(given.text('now')) ?? world.now();
  const namespace = given.text('namespace') ?? 'default';
  const manifests = await readAll('filename', given, world, namespace);
  const policies = await readAll('policies', given, world, namespace);
  const sources = workloadsIn(manifests);
  if (sources.length === 0) throw new Trouble('there is no workload in the manifests; is -f the right path?');
  const rules = rulesIn(distinct([...policies, ...manifests]), now);
  if (rules.policies.length === 0) throw new Trouble('there is no policy in the files; is --policies the right path?');
  const facts = await factsFor(sources, rules, { given, world, now });
  const judged = judgeAll({ sources, rules, facts, now });
  const report = reportOf(judged, facts, now);
  world.out.write(rendered(report, given.text('output') ?? 'text', world));
  return exitCodeOf(judged, given.text('fail-on') === 'action' ? 'action' : 'violation');
}

async function readAll(
  option: 'filename' | 'policies',
  given: Given,
  world: World,
  namespace: string,
): Promise<readonly Manifest[]> {
  const paths = given.all(option);
  if (paths.length === 0) throw usage(testCommand, `--${option} is missing`);
  const files: SourceFile[] = [];
  for (const path of paths) files.push(...(await world.files.read(path)));
  return manifestsIn(files, namespace);
}

/** Policies may stand among the manifests, too; one folder given twice counts once. */
function distinct(manifests: readonly Manifest[]): readonly Manifest[] {
  const key = ({ file, kind, namespace, name, lineOf }: Manifest): string =>
    [file, kind, namespace, name, lineOf([])].join(' ');
  return [...new Map(manifests.map((one) => [key(one), one])).values()];
}

interface Call {
  readonly given: Given;
  readonly world: World;
  readonly now: Date;
}

async function factsFor(
  sources: readonly ManifestWorkload[],
  { policies }: Rules,
  { given, world, now }: Call,
): Promise<Facts> {
  const [path, url] = [given.text('facts'), given.text('xray-url')];
  const workloads = sources.map(({ workload }) => workload);
  if ((path === undefined) === (url === undefined))
    throw usage(testCommand, 'give one of --facts and --xray-url: without facts there is nothing to judge by');
  if (path !== undefined) {
    const [file] = await world.files.read(path);
    if (file === undefined) throw new Trouble(`${path} holds no file of facts`);
    return factsFromFile(file, workloads, now);
  }
  const needsViolations = policies.some(
    ({ security, license }) => security?.onlyRaised === true || license?.onlyRaised === true,
  );
  return askXray(url ?? '', workloads, needsViolations, { world, now });
}

async function askXray(
  url: string,
  workloads: readonly ManifestWorkload['workload'][],
  needsViolations: boolean,
  { world, now }: Omit<Call, 'given'>,
): Promise<Facts> {
  const token = world.environment['XRAY_TOKEN'];
  if (token === undefined || token === '')
    throw new Trouble('XRAY_TOKEN is not set; export it with an access token of Xray that may read the repositories');
  if (!URL.canParse(url) || !/^https?:/u.test(url))
    throw new Trouble(`--xray-url "${url}" is no URL; write it as https://acme.jfrog.io`);
  const xray = world.openXray(url, { kind: 'accessToken', token });
  try {
    return await factsFromXray(workloads, { xray, needsViolations, now, signal: world.signal });
  } finally {
    await xray.close();
  }
}

function rendered(report: Report, output: string, world: World): string {
  switch (output) {
    case 'json':
      return `${JSON.stringify(report, undefined, 2)}\n`;
    case 'sarif':
      return `${JSON.stringify(sarifReport(report), undefined, 2)}\n`;
    default:
      return textReport(report, paintFor(world.out, world.environment));
  }
}
