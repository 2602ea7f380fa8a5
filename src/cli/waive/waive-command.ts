// cli/waive: the command `waive`: shows what an exception would waive, and makes it.
import { clusterXrayPolicies, xrayExceptions } from '../../api/v1alpha1/coordinates.js';
import { parseDuration } from '../../api/duration.js';
import { CLUSTER_OPTIONS, type Command, type Given, NAMESPACE } from '../command.js';
import { type ExitCode, Trouble } from '../exit-code.js';
import { usage } from '../given.js';
import { inCluster, Reader } from '../in-cluster.js';
import { compiledClusterPolicy, type StoredClusterPolicy, type StoredException } from '../stored.js';
import { type Paint, paintFor, timeText } from '../style.js';
import { resultNamed } from '../workload-named.js';
import type { Cluster, World } from '../world.js';
import { yamlText } from '../yaml-text.js';
import { type Effect, effectOf, exceptionFor, type ExceptionObject, type WaiverInput } from './waiver.js';

export const waiveCommand: Command = {
  name: 'waive',
  summary: 'let a workload run with what violates, for a reason and for a time',
  usage: 'waive [KIND/]NAME --vulnerability ID|--license NAME|--unscanned --reason TEXT --for 14d [OPTIONS]',
  maxArguments: 1,
  options: [
    {
      name: 'vulnerability',
      value: 'ID',
      many: true,
      help: 'a CVE or Xray id; of a finding with several CVEs all, or its Xray id',
    },
    { name: 'license', value: 'NAME', many: true, help: 'a license, by its whole name' },
    { name: 'unscanned', help: 'the images may run without a scan' },
    { name: 'reason', value: 'TEXT', help: 'why, for whoever comes upon it later' },
    { name: 'for', value: 'DURATION', help: 'how long, as in 14d or 12h' },
    { name: 'name', value: 'NAME', help: 'the name of the exception (default: made from the workload and its end)' },
    { name: 'anyway', help: 'make it also where it waives nothing now' },
    { name: 'dry-run', help: 'show what it would waive and the exception as YAML, and do nothing' },
    NAMESPACE,
    ...CLUSTER_OPTIONS,
  ],
  details: [
    'Exit code 1: it would waive nothing, so nothing was done; or --dry-run shows that it would waive nothing.',
    'To prolong an exception make a new one: how long it lasts counts from its creation.',
  ].join('\n'),
  run: async (given, world) => runWaive(given, world),
};

async function runWaive(given: Given, world: World): Promise<ExitCode> {
  const asked = askedFor(given, world.now());
  return inCluster(given, world, async (cluster) => {
    const namespace = given.text('namespace') ?? cluster.namespace;
    const { spec, status = {} } = await resultNamed(asked.workload, namespace, cluster);
    const { kind, name } = spec.workloadRef;
    const exception = exceptionFor({ ...asked, workload: { kind, namespace, name } });
    const reader = new Reader(cluster);
    const ofCluster = await reader.list<StoredClusterPolicy>(clusterXrayPolicies);
    const policies = ofCluster.flatMap((policy) => compiledClusterPolicy(policy).inForce ?? []);
    const there = await reader.get<StoredException>(xrayExceptions, namespace, exception.metadata.name);
    const created = there?.metadata.creationTimestamp ?? world.now().toISOString();
    const effect = effectOf(exception, status, policies, created);
    world.out.write(textEffect(effect, exception, paintFor(world.out, world.environment)));
    for (const note of reader.notes) world.err.write(`note: ${note}\n`);
    return carryOut({ given, world, cluster, exception, effect });
  });
}

interface Decided {
  readonly given: Given;
  readonly world: World;
  readonly cluster: Cluster;
  readonly exception: ExceptionObject;
  readonly effect: Effect;
}

async function carryOut({ given, world, cluster, exception, effect }: Decided): Promise<ExitCode> {
  const isIdle = effect.waives.length === 0;
  if (given.has('dry-run')) {
    world.out.write(`\n${yamlText([{ notes: [], object: exception }])}`);
    return isIdle ? 1 : 0;
  }
  if (isIdle && !given.has('anyway')) {
    world.err.write('kubexray: nothing was done, since it would waive nothing; --anyway makes it all the same\n');
    return 1;
  }
  const { namespace, name } = exception.metadata;
  await cluster.apply(xrayExceptions, { namespace, name }, exception);
  world.out.write(`xrayexception.kubexray.io/${name} applied in ${namespace}, until ${exception.spec.expiresAt}\n`);
  return 0;
}

interface Asked extends Omit<WaiverInput, 'workload'> {
  readonly workload: string;
}

function askedFor(given: Given, now: Date): Asked {
  const [workload] = given.arguments;
  const [vulnerabilities, licenses] = [given.all('vulnerability'), given.all('license')];
  const unscanned = given.has('unscanned');
  const [reason, duration, name] = [given.text('reason'), given.text('for'), given.text('name')];
  if (workload === undefined) throw usage(waiveCommand, 'name a workload, as in deployment/web');
  if (vulnerabilities.length === 0 && licenses.length === 0 && !unscanned)
    throw usage(waiveCommand, 'say what is waived: --vulnerability, --license or --unscanned');
  if (reason === undefined || reason.trim() === '') throw usage(waiveCommand, 'say why, with --reason');
  if (duration === undefined) throw usage(waiveCommand, 'say for how long, as in --for 14d');
  return {
    ...{ workload, vulnerabilities, licenses, unscanned, reason },
    expiresAt: endOf(duration, now),
    ...(name === undefined ? {} : { name }),
  };
}

function endOf(duration: string, now: Date): Date {
  const ms = parseDuration(duration);
  const end = new Date(now.getTime() + (ms ?? Number.NaN));
  if (ms === undefined || ms < 1000 || Number.isNaN(end.getTime()) || end.getUTCFullYear() > 9999)
    throw new Trouble(`--for "${duration}" is no duration of a second or more; write it as 14d or 12h`);
  return end;
}

function textEffect({ waives, refused, hints }: Effect, { metadata, spec }: ExceptionObject, paint: Paint): string {
  const end = timeText(new Date(spec.expiresAt));
  return [
    `${paint('bold', `XrayException ${metadata.namespace}/${metadata.name}`)}, until ${end}`,
    ...(waives.length === 0 ? [`  ${paint('yellow', 'waives nothing that violates now')}`] : []),
    ...waives.map(
      ({ id, image, policyKind = '', policy }) => `  waives ${id} in ${image}, asked by ${policyKind} ${policy}`,
    ),
    ...refused.map((message) => `  ${paint('red', 'refused:')} ${message}`),
    ...hints.map((text) => `  ${paint('yellow', 'not waived:')} ${text}`),
    '',
  ].join('\n');
}
