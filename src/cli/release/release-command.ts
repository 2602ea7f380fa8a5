// cli/release: the command `release`: brings back what the operator has stopped, and leaves no note of it behind.
import { isApiError, type ResourceCoordinates } from '@dot-kube/operator';
import { enforce } from '../../enforce/enforce.js';
import { resumeKeda } from '../../enforce/pause-keda.js';
import { NOTE_ANNOTATION } from '../../api/note-annotation.js';
import { WORKLOAD_FIELD_MANAGER } from '../../plan/note.js';
import { CLUSTER_OPTIONS, type Command, type Given, NAMESPACE } from '../command.js';
import { isMeant } from '../confirm.js';
import { type ExitCode, Trouble } from '../exit-code.js';
import { usage } from '../given.js';
import { inCluster, Reader } from '../in-cluster.js';
import { kindNamed } from '../pod-template.js';
import { type Paint, paintFor } from '../style.js';
import type { Cluster, World } from '../world.js';
import { isHeld, isStillAskedFor, type LeaseSpec, releaseText } from './release.js';
import { findStopped, type Found, type Leftover, type Stopped } from './stopped-workloads.js';

const LEASE = 'kubexray-operator'; // as the operator names it

export const releaseCommand: Command = {
  name: 'release',
  summary: 'bring back what the operator has stopped, and leave nothing of it behind',
  usage: 'release [KIND/]NAME | --all [-n NAMESPACE | -A] [OPTIONS]',
  maxArguments: 1,
  options: [
    { name: 'all', help: 'everything that is stopped; asks first' },
    { name: 'all-namespaces', short: 'A', help: 'with --all: in all namespaces' },
    { name: 'yes', short: 'y', help: 'with --all: do not ask' },
    { name: 'dry-run', help: 'show what would be brought back, and do nothing' },
    { name: 'force', help: 'also where the operator runs and would stop it again' },
    {
      name: 'operator-namespace',
      value: 'NAME',
      help: 'where the operator has its lease (default: kubexray-system)',
    },
    NAMESPACE,
    ...CLUSTER_OPTIONS,
  ],
  details: [
    'It needs no operator: take the operator away, then release --all -A, and nothing tells that it was there.',
    'Exit code 1: there was nothing to bring back, or the answer was no, or something could not be brought back.',
  ].join('\n'),
  run: async (given, world) => runRelease(given, world),
};

async function runRelease(given: Given, world: World): Promise<ExitCode> {
  const asked = askedFor(given);
  return inCluster(given, world, async (cluster) => {
    const reader = new Reader(cluster);
    const namespace = given.has('all-namespaces') ? undefined : (given.text('namespace') ?? cluster.namespace);
    const found = named(asked, await findStopped(cluster, reader, namespace, world.now()));
    for (const note of reader.notes) world.err.write(`note: ${note}\n`);
    if (found.stopped.length + found.leftovers.length === 0) {
      world.err.write('kubexray: the operator has stopped nothing there\n');
      return 1;
    }
    const paint = paintFor(world.out, world.environment);
    for (const one of found.stopped) world.out.write(lineOf(one, paint));
    if (given.has('dry-run')) return 0;
    if (!given.has('force')) await refuseWhileStoppedAgain(found, cluster, given, world.now());
    if (asked.all && !(await isMeant(questionOf(found), given, world))) return 1;
    return carryOut(found, cluster, world);
  });
}

function questionOf({ stopped }: Found): string {
  return stopped.length === 1 ? 'Bring it back?' : `Bring all ${stopped.length} back?`;
}

interface Asked {
  readonly all: boolean;
  readonly kind?: string;
  readonly name?: string;
}

function askedFor(given: Given): Asked {
  const [workload] = given.arguments;
  const all = given.has('all');
  if (all === (workload !== undefined))
    throw usage(releaseCommand, 'name a workload, as in deployment/web, or say --all');
  if (!all && given.has('all-namespaces')) throw usage(releaseCommand, '--all-namespaces goes with --all');
  if (workload === undefined) return { all };
  const slash = workload.indexOf('/');
  if (slash < 0) return { all, name: workload };
  return { all, kind: kindNamed(workload.slice(0, slash)), name: workload.slice(slash + 1) };
}

/** A CronJob comes with the Jobs that were suspended with it. @throws Trouble where the name is that of several */
function named({ all, kind, name }: Asked, found: Found): Found {
  if (all) return found;
  const is = ({ target }: Stopped): boolean =>
    target.name === name && (kind ?? target.coordinates.kind) === target.coordinates.kind;
  const stopped = found.stopped.filter(is);
  if (stopped.length > 1) {
    const each = stopped.map(({ target }) => `${target.coordinates.kind.toLowerCase()}/${target.name}`);
    throw new Trouble(`"${name ?? ''}" could be one of ${each.join(', ')}; name it with its kind`);
  }
  const [one] = stopped;
  const jobs = found.stopped.filter(({ cronJob }) => cronJob !== undefined && cronJob === one?.target.uid);
  return { stopped: [...stopped, ...jobs], leftovers: [] };
}

function lineOf({ target, release }: Stopped, paint: Paint): string {
  const text = release.kind === 'release' ? releaseText(release.change) : paint('yellow', UNREADABLE);
  return `${nameOf(target)} ${text}\n`;
}

const UNREADABLE = `is left as it is: somebody edited its note; see its annotation ${NOTE_ANNOTATION}`;

function nameOf({ coordinates: { kind }, namespace, name }: Stopped['target']): string {
  return `${kind.toLowerCase()}/${name} in ${namespace}`;
}

const leases: ResourceCoordinates = {
  group: 'coordination.k8s.io',
  version: 'v1',
  plural: 'leases',
  kind: 'Lease',
  namespaced: true,
};

async function refuseWhileStoppedAgain({ stopped }: Found, cluster: Cluster, given: Given, now: Date): Promise<void> {
  const again = stopped.filter(({ status }) => status !== undefined && isStillAskedFor(status, now));
  const [one] = again;
  if (one === undefined) return;
  const namespace = given.text('operator-namespace') ?? 'kubexray-system';
  const lease = await leaseIn(namespace, cluster);
  if (lease !== 'unreadable' && !isHeld(lease, now)) return;
  const who =
    lease === 'unreadable'
      ? `you may not read the lease in ${namespace}, so the operator may be running`
      : `the operator is running (${lease.holderIdentity ?? ''})`;
  throw new Trouble(
    `nothing was done: ${who}, and would stop ${nameOf(one.target)}${again.length > 1 ? ` and ${again.length - 1} more` : ''} again. ` +
      'Fix the image, waive the violation (kubexray waive), change the policy or stop the operator first; --force does it all the same.',
  );
}

async function leaseIn(namespace: string, cluster: Cluster): Promise<LeaseSpec | 'unreadable'> {
  try {
    return (await cluster.get<{ spec?: LeaseSpec }>(leases, { namespace, name: LEASE }))?.spec ?? {};
  } catch (error) {
    if (isApiError(error, 'Forbidden')) return 'unreadable';
    throw error;
  }
}

async function carryOut({ stopped, leftovers }: Found, cluster: Cluster, world: World): Promise<ExitCode> {
  const failures: string[] = [];
  const failed = (text: string): void => {
    failures.push(text);
    world.err.write(`kubexray: ${text}\n`);
  };
  for (const { target, release } of stopped) {
    if (release.kind === 'unreadable') {
      failed(`${nameOf(target)} ${UNREADABLE}`);
      continue;
    }
    if (release.change.note.paused?.keda === true) await resumeKeda(target, cluster.client, cluster.signal);
    const outcome = await enforce(release.change, target, cluster.client, cluster.signal);
    if (outcome.kind === 'outdated') failed(`${nameOf(target)} was changed meanwhile; run this once more`);
    else if (outcome.kind === 'done') world.out.write(`${nameOf(target)} released\n`);
    else failed(outcome.message);
  }
  for (const one of leftovers) await takeOff(one, cluster);
  return failures.length === 0 ? 0 : 1;
}

/** Going back to a revision would bring its notes back to the Deployment. Its controller writes to it now: that it is the same one is enough. */
async function takeOff(
  { coordinates, annotations, uid, namespace, name }: Leftover,
  { client, signal }: Cluster,
): Promise<void> {
  const body = { metadata: { uid, annotations: Object.fromEntries(annotations.map((one) => [one, null])) } };
  const write = { type: 'merge', body, fieldManager: WORKLOAD_FIELD_MANAGER } as const;
  try {
    await client.patch(coordinates, { namespace, name }, write, { signal });
  } catch (error) {
    if (!isApiError(error, 'NotFound')) throw error; // gone with its revision
  }
}
