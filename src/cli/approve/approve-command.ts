// cli/approve: the command `approve`: shows what a policy would stop that the brake holds, asks, and approves its present form.
import type { ResourceCoordinates } from '@dot-kube/operator';
import { clusterXrayPolicies, xrayPolicies, xrayScanResults } from '../../api/v1alpha1/coordinates.js';
import { APPROVE_ANNOTATION } from '../../api/approve-annotation.js';
import { CLUSTER_OPTIONS, type Command, type Given, NAMESPACE } from '../command.js';
import { isMeant } from '../confirm.js';
import { type ExitCode, Trouble } from '../exit-code.js';
import { usage } from '../given.js';
import { inCluster } from '../in-cluster.js';
import type { StoredResult } from '../stored.js';
import { type Paint, paintFor, table } from '../style.js';
import type { Cluster, World } from '../world.js';
import { heldBy, type HeldWorkload, type PolicyNamed } from './approval.js';

const SHOWN = 20;

export const approveCommand: Command = {
  name: 'approve',
  summary: 'let a policy stop what the brake holds, and show first what that is',
  usage: 'approve [KIND/]POLICY [OPTIONS]',
  maxArguments: 1,
  options: [
    { name: 'yes', short: 'y', help: 'do not ask' },
    { name: 'all', help: `list all workloads, and not the first ${SHOWN} only` },
    { name: 'dry-run', help: 'show what it would stop, and do nothing' },
    { name: 'anyway', help: 'approve it also where the brake holds nothing of it now' },
    NAMESPACE,
    ...CLUSTER_OPTIONS,
  ],
  details: [
    'KIND is xraypolicy (xpol) or clusterxraypolicy (cxpol); without it, both are looked for.',
    'The approval is for the generation that was looked at: the next edit of the policy ends it.',
    'Exit code 1: nothing was approved, since the brake holds nothing of it, or the answer was no.',
  ].join('\n'),
  run: async (given, world) => runApprove(given, world),
};

async function runApprove(given: Given, world: World): Promise<ExitCode> {
  const [name] = given.arguments;
  if (name === undefined) throw usage(approveCommand, 'name a policy, as in base or clusterxraypolicy/floor');
  return inCluster(given, world, async (cluster) => {
    const namespace = given.text('namespace') ?? cluster.namespace;
    const policy = await policyNamed(name, namespace, cluster);
    const results = await cluster.list<StoredResult>(xrayScanResults, policy.namespace || undefined);
    const held = heldBy(policy, results, world.now());
    world.out.write(textOf(policy, held, given.has('all'), paintFor(world.out, world.environment)));
    if (given.has('dry-run')) return held.length === 0 ? 1 : 0;
    if (!(await isWanted(given, held, world))) return 1;
    return approve(policy, cluster, world);
  });
}

interface Policy extends PolicyNamed {
  readonly coordinates: ResourceCoordinates;
  /** Empty for a ClusterXrayPolicy. */
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly generation: number;
  readonly isApproved: boolean;
}

interface Versioned {
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly uid: string;
    readonly generation: number;
    readonly annotations?: Readonly<Record<string, string>>;
  };
}

const KINDS: ReadonlyMap<string, 'XrayPolicy' | 'ClusterXrayPolicy'> = new Map([
  ['xraypolicy', 'XrayPolicy'],
  ['xraypolicies', 'XrayPolicy'],
  ['xpol', 'XrayPolicy'],
  ['clusterxraypolicy', 'ClusterXrayPolicy'],
  ['clusterxraypolicies', 'ClusterXrayPolicy'],
  ['cxpol', 'ClusterXrayPolicy'],
]);

/** @throws Trouble where there is none, or one of each kind */
async function policyNamed(text: string, namespace: string, cluster: Cluster): Promise<Policy> {
  const [before, after] = text.split('/', 2);
  const kind = after === undefined ? undefined : KINDS.get(String(before).toLowerCase());
  if (after !== undefined && kind === undefined)
    throw new Trouble(`"${String(before)}" is no kind of policy; write xraypolicy or clusterxraypolicy`);
  const name = after ?? text;
  const found = [
    ...(kind === 'ClusterXrayPolicy' ? [] : await policyAt(xrayPolicies, 'XrayPolicy', { namespace, name }, cluster)),
    ...(kind === 'XrayPolicy'
      ? []
      : await policyAt(clusterXrayPolicies, 'ClusterXrayPolicy', { namespace: '', name }, cluster)),
  ];
  const [one, another] = found;
  if (one === undefined)
    throw new Trouble(
      `there is no policy "${text}" in namespace ${namespace} or in the cluster; see kubectl get xpol,cxpol -A`,
    );
  if (another !== undefined)
    throw new Trouble(`"${text}" could be one of xraypolicy/${name}, clusterxraypolicy/${name}; name it with its kind`);
  return one;
}

async function policyAt(
  coordinates: ResourceCoordinates,
  kind: PolicyNamed['kind'],
  key: { readonly namespace: string; readonly name: string },
  cluster: Cluster,
): Promise<readonly Policy[]> {
  const found = await cluster.get<Versioned>(coordinates, key);
  if (found === undefined) return [];
  const { uid, generation, annotations = {} } = found.metadata;
  const shown = key.namespace === '' ? key.name : `${key.namespace}/${key.name}`;
  const isApproved = annotations[APPROVE_ANNOTATION] === String(generation);
  return [{ ...key, coordinates, kind, shown, uid, generation, isApproved }];
}

function textOf(policy: Policy, held: readonly HeldWorkload[], isAll: boolean, paint: Paint): string {
  const { kind, shown, generation, isApproved } = policy;
  const title = paint('bold', `${kind} ${shown}, generation ${generation}`);
  if (held.length === 0)
    return `${title}: ${isApproved ? 'it is approved, and ' : ''}the brake holds nothing that it wants stopped\n`;
  const listed = isAll ? held : held.slice(0, SHOWN);
  const rows = listed.map(({ namespace, kind: of, name, action, because }) => [
    `  ${namespace}`,
    `${of.toLowerCase()}/${name}`,
    { text: action, colour: action === 'Delete' ? ('red' as const) : ('yellow' as const) },
    because,
  ]);
  const more = held.length - listed.length;
  return [
    `${title}: approving it stops ${countText(held)}\n`,
    table([['  NAMESPACE', 'WORKLOAD', 'ACTION', 'BECAUSE OF'], ...rows], paint),
    ...(more === 0 ? [] : [`  and ${more} more (--all lists them)\n`]),
  ].join('');
}

function countText(held: readonly HeldWorkload[]): string {
  const counts = [...Map.groupBy(held, ({ action }) => action)].map(([action, all]) => `${action} ${all.length}`);
  const namespaces = new Set(held.map(({ namespace }) => namespace)).size;
  const places = namespaces === 1 ? '1 namespace' : `${namespaces} namespaces`;
  return `${held.length} workloads in ${places} (${counts.sort().join(', ')})`;
}

async function isWanted(given: Given, held: readonly HeldWorkload[], world: World): Promise<boolean> {
  if (held.length > 0 || given.has('anyway')) return isMeant('Approve it?', given, world);
  world.err.write('kubexray: nothing was done; --anyway approves it all the same, for what it comes to ask for\n');
  return false;
}

/** The uid makes it this very policy; that it is this form of it, the annotation's value says. */
async function approve(policy: Policy, cluster: Cluster, world: World): Promise<ExitCode> {
  const { coordinates, namespace, name, uid, generation } = policy;
  const metadata = { uid, annotations: { [APPROVE_ANNOTATION]: String(generation) } };
  const written = await cluster.merge<Versioned>(coordinates, { namespace, name }, { metadata });
  const where = namespace === '' ? '' : ` in ${namespace}`;
  if (written.metadata.generation !== generation)
    throw new Trouble(
      `${coordinates.kind} ${name}${where} was changed meanwhile, to generation ${written.metadata.generation}: the approval of generation ${generation} does nothing. Look again`,
    );
  world.out.write(`${coordinates.kind.toLowerCase()}.kubexray.io/${name}${where}: generation ${generation} approved\n`);
  return 0;
}
