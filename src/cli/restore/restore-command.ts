// cli/restore: the command `restore`: makes a workload anew that the operator has deleted, from the manifest in its result.
import { isApiError, type ResourceCoordinates } from '@dot-kube/operator';
import { discoverKind } from '../../observe/custom-workloads.js';
import type { Judgement } from '../../evaluate/verdict.js';
import type { KeptObject } from '../../report/result/kept-manifest.js';
import { describe } from '../../report/wording.js';
import { CLUSTER_OPTIONS, type Command, type Given, NAMESPACE } from '../command.js';
import { isMeant } from '../confirm.js';
import { type ExitCode, Trouble } from '../exit-code.js';
import { usage } from '../given.js';
import { inCluster, Reader } from '../in-cluster.js';
import { workloadKind } from '../pod-template.js';
import { rulesInForce } from '../rules-in-force.js';
import { type Paint, paintFor } from '../style.js';
import { resultNamed } from '../workload-named.js';
import type { StoredResult } from '../stored.js';
import type { Cluster, World } from '../world.js';
import { yamlText } from '../yaml-text.js';
import { judgedAgain } from './again.js';
import { type Filled, filled, givenValue, manifestIn, podLabelsIn } from './manifest.js';

export const restoreCommand: Command = {
  name: 'restore',
  summary: 'make a workload anew that the operator has deleted',
  usage: 'restore [KIND/]NAME [-n NAMESPACE] [OPTIONS]',
  maxArguments: 1,
  options: [
    {
      name: 'env',
      value: 'NAME=VALUE',
      many: true,
      help: 'the value of an environment variable, which the result does not keep; CONTAINER/NAME=VALUE for one container',
    },
    { name: 'empty-env', help: 'variables whose values are not given are empty' },
    { name: 'dry-run', help: 'show what would be made and whether the operator would act on it again, and do nothing' },
    {
      name: 'output',
      short: 'o',
      value: 'FORMAT',
      choices: ['text', 'yaml'],
      help: 'yaml: print the manifest (default: text)',
    },
    { name: 'yes', short: 'y', help: 'do not ask, also where the operator would act on it again' },
    NAMESPACE,
    ...CLUSTER_OPTIONS,
  ],
  details: [
    'The manifest is kept for seven days after the deletion, without the values of environment variables.',
    'What still violates a policy would be deleted again: waive it first (kubexray waive), or fix the image:',
    'restore NAME --dry-run -o yaml prints the manifest to be edited and applied.',
    'Exit code 1: nothing was done, since the answer was no.',
  ].join('\n'),
  run: async (given, world) => runRestore(given, world),
};

async function runRestore(given: Given, world: World): Promise<ExitCode> {
  const [name] = given.arguments;
  if (name === undefined) throw usage(restoreCommand, 'name a workload, as in deployment/web');
  const values = given.all('env').map(givenValue);
  return inCluster(given, world, async (cluster) => {
    const namespace = given.text('namespace') ?? cluster.namespace;
    const result = await resultNamed(name, namespace, cluster);
    const restored = filled(manifestIn(result), values, given.has('empty-env'));
    const coordinates = await coordinatesOf(restored.object, cluster);
    if ((await cluster.get(coordinates, restored.object.metadata)) !== undefined) throw isThere(restored.object);
    const again = await whetherAgain(result, restored.object, cluster, world);
    return carryOut({ given, world, cluster, coordinates, restored, again });
  });
}

interface Decided {
  readonly given: Given;
  readonly world: World;
  readonly cluster: Cluster;
  readonly coordinates: ResourceCoordinates;
  readonly restored: Filled;
  readonly again: Again;
}

async function carryOut({ given, world, cluster, coordinates, restored, again }: Decided): Promise<ExitCode> {
  const { object, missing } = restored;
  const paint = paintFor(world.out, world.environment);
  const isYaml = given.text('output') === 'yaml';
  const say = isYaml ? world.err : world.out; // the manifest is to be piped
  const title = nameOf(object);
  if (given.has('dry-run')) say.write(`${title} would be made anew\n`);
  for (const line of linesOf(again, missing, paint)) say.write(`${line}\n`);
  if (given.has('dry-run')) {
    if (isYaml) world.out.write(yamlText([{ notes: [], object }]));
    return 0;
  }
  if (missing.length > 0)
    throw new Trouble(
      `nothing was done: the values of ${missing.join(', ')} were not kept. Give them with --env, or say --empty-env`,
    );
  if (again.why !== undefined && !(await isMeant('Make it anew all the same?', given, world))) return 1;
  await create(object, coordinates, cluster);
  if (isYaml) world.out.write(yamlText([{ notes: [], object }]));
  say.write(`${title} made anew\n`);
  return 0;
}

async function create(object: KeptObject, coordinates: ResourceCoordinates, cluster: Cluster): Promise<void> {
  try {
    await cluster.create(coordinates, object.metadata.namespace, object);
  } catch (error) {
    if (isApiError(error, 'AlreadyExists')) throw isThere(object);
    throw error;
  }
}

function isThere(object: KeptObject): Trouble {
  return new Trouble(`nothing was done: ${nameOf(object)} is there already`);
}

function nameOf({ kind, metadata: { namespace, name } }: KeptObject): string {
  return `${kind.toLowerCase()}/${name} in ${namespace}`;
}

async function coordinatesOf(object: KeptObject, { client, signal }: Cluster): Promise<ResourceCoordinates> {
  const { apiVersion, kind, metadata } = object;
  const known = workloadKind(apiVersion, kind)?.coordinates;
  if (known !== undefined) return known;
  const found = await discoverKind({ ...metadata, apiVersion, kind }, client, signal);
  if (found === undefined) throw new Trouble(`the API server knows no ${kind} of ${apiVersion} any more`);
  return found.coordinates;
}

interface Again {
  /** Why the operator would act again, or may; absent: it would not. */
  readonly why?: string;
  readonly notes: readonly string[];
}

async function whetherAgain(result: StoredResult, object: KeptObject, cluster: Cluster, world: World): Promise<Again> {
  const { spec, status = {} } = result;
  const { namespace } = object.metadata;
  const reader = new Reader(cluster);
  const { policies, exceptions, notes: problems } = await rulesInForce(namespace, reader);
  const { apiVersion, kind, name, uid } = spec.workloadRef;
  const ref = { apiVersion, kind, namespace, name, uid };
  const labels = podLabelsIn(object);
  const judgement = judgedAgain({ ref, labels, status, policies, exceptions, now: world.now() });
  const notes = [...reader.notes, ...problems];
  const isUncertain = reader.notes.length > 0 || judgement.undecided;
  const why = whyAgain(judgement) ?? (isUncertain ? UNCERTAIN : undefined);
  return { notes, ...(why === undefined ? {} : { why }) };
}

const UNCERTAIN = 'nobody can tell here whether the operator would act on it again';

function whyAgain({ demand, violations }: Judgement): string | undefined {
  const [worst] = violations.filter(({ mode, asks }) => mode === 'Enforce' && asks !== 'Ignore');
  if (worst === undefined) return undefined;
  const act = demand === 'Ignore' ? `${worst.asks} after its grace period` : demand;
  return `the operator would act on it again (${act}): ${describe(worst)}`;
}

function linesOf({ why, notes }: Again, missing: readonly string[], paint: Paint): readonly string[] {
  return [
    ...(missing.length === 0 ? [] : [`${paint('yellow', 'left out:')} the values of ${missing.join(', ')}`]),
    ...(why === undefined ? [] : [`${paint('red', 'beware:')} ${why}`]),
    ...notes.map((note) => `${paint('yellow', 'note:')} ${note}`),
  ];
}
