// cli/dashboard: the command `dashboard`: a page for browsers on this machine, of what the caller may see, kept up to date.
import { randomBytes } from 'node:crypto';
import { type Clock, isApiError, type ResourceEvent, systemClock } from '@dot-kube/operator';
import { xrayScanResults } from '../../api/v1alpha1/coordinates.js';
import { CLUSTER_OPTIONS, type Command, type Given } from '../command.js';
import { type ExitCode, Trouble } from '../exit-code.js';
import { explain } from '../explain/explanation.js';
import { inputFor } from '../explain/explain-input.js';
import { usage } from '../given.js';
import { Reader, visit } from '../in-cluster.js';
import type { StoredResult } from '../stored.js';
import type { World } from '../world.js';
import { Board } from './board.js';
import { DashboardServer } from './dashboard-server.js';
import { type Feed, otherFeeds, resultsFeed } from './feeds.js';
import type { Shown } from './item.js';
import type { EventsOn, StoredEvent, WatchedCluster, Watching } from './watched-cluster.js';
import { type WorkloadView, workloadView } from './workload-view.js';

const TROUBLES_MS = 2_000;

export const dashboardCommand: Command = {
  name: 'dashboard',
  summary: 'serve a page for your browser that shows how all workloads stand, and keeps itself up to date',
  usage: 'dashboard [-n NAMESPACE] [--port PORT] [OPTIONS]',
  maxArguments: 0,
  options: [
    { name: 'namespace', short: 'n', value: 'NAME', help: 'this namespace only (default: all)' },
    { name: 'port', value: 'PORT', help: 'the port on 127.0.0.1 (default: any that is free)' },
    ...CLUSTER_OPTIONS,
  ],
  details:
    'It is for reading only, shows what you may see and nothing else, and can be reached from this machine only, by the\n' +
    'address that it prints. It ends with Ctrl-C.',
  run: async (given, world) => runDashboard(given, world, systemClock),
};

async function runDashboard(given: Given, world: World, clock: Clock): Promise<ExitCode> {
  const port = portOf(given.text('port'));
  await visit(given, world.openWatchedCluster, async (cluster) => {
    const namespace = given.text('namespace');
    const { feeds, notes } = await permitted(cluster, namespace);
    const board = new Board(namespace);
    const end = new AbortController();
    const watching = cluster.watch(
      feeds,
      (event) => {
        show(event, board);
      },
      AbortSignal.any([world.signal, end.signal]),
    );
    try {
      await watching.complete;
      if (!world.signal.aborted) await serve({ cluster, board, watching, notes, port }, world, clock);
    } finally {
      end.abort(new Error('the dashboard ends'));
      await watching.ended;
    }
  });
  return 0;
}

function portOf(text = '0'): number {
  const port = Number(text);
  if (/^\d+$/u.test(text) && port < 65_536) return port;
  throw usage(dashboardCommand, `--port "${text}" is no port; it takes a number from 1 to 65535`);
}

/** @throws Trouble where the caller may not see the results, without which there is nothing to show */
async function permitted(
  cluster: WatchedCluster,
  namespace: string | undefined,
): Promise<{ readonly feeds: readonly Feed[]; readonly notes: readonly string[] }> {
  const results = resultsFeed(namespace);
  if (!(await cluster.mayWatch(xrayScanResults, namespace))) throw notForYou(namespace, cluster.namespace);
  const others = await Promise.all(
    otherFeeds(namespace).map(async (feed) => {
      const { coordinates, selection } = feed;
      return { feed, isSeen: await cluster.mayWatch(coordinates, selection.namespace) };
    }),
  );
  return {
    feeds: [results, ...others.filter(({ isSeen }) => isSeen).map(({ feed }) => feed)],
    notes: others
      .filter(({ isSeen }) => !isSeen)
      .map(({ feed }) => `you may not list and watch ${feed.coordinates.kind} objects, so they are left out here`),
  };
}

function notForYou(namespace: string | undefined, own: string): Trouble {
  const what = `you may not list and watch ${xrayScanResults.plural}.${xrayScanResults.group}`;
  return new Trouble(
    namespace === undefined
      ? `${what} in all namespaces; name one that you may see, as in kubexray dashboard -n ${own}`
      : `${what} in namespace ${namespace}; whoever administers it can bind you to the ClusterRole "view"`,
  );
}

function show(event: ResourceEvent<Shown>, board: Board): void {
  const { item } = event.object;
  if (event.type === 'delete') board.delete(item.id);
  else board.put(item);
}

interface Serving {
  readonly cluster: WatchedCluster;
  readonly board: Board;
  readonly watching: Watching;
  readonly notes: readonly string[];
  readonly port: number;
}

/** Until the user ends it. */
async function serve({ cluster, board, watching, notes, port }: Serving, world: World, clock: Clock): Promise<void> {
  const token = randomBytes(32).toString('base64url');
  const server = new DashboardServer({
    token,
    page: world.page,
    board,
    workload: async (namespace, result) => readWorkload(cluster, { namespace, result }, world.now()),
    clock,
  });
  const address = await server.listen(port);
  world.out.write(
    `The dashboard is at ${address}#token=${token}\n` +
      'It shows what you may see to whoever has this address: keep it to yourself. Ctrl-C ends it.\n',
  );
  try {
    while (!world.signal.aborted) {
      board.note([...notes, ...watching.troubles()]);
      await Promise.race([clock.sleep(TROUBLES_MS, world.signal).catch(() => undefined), watching.ended]);
    }
  } finally {
    await server.close();
  }
}

/** @throws KubeApiError */
async function readWorkload(
  cluster: WatchedCluster,
  { namespace, result }: { readonly namespace: string; readonly result: string },
  now: Date,
): Promise<WorkloadView | undefined> {
  const found = await cluster.get<StoredResult>(xrayScanResults, { namespace, name: result });
  if (found === undefined) return undefined;
  const { kind, name } = found.spec.workloadRef;
  const reader = new Reader(cluster);
  const input = await inputFor(found, namespace, reader, now);
  const events = await readEvents(cluster, { namespace, kind, name });
  const explanation = explain({ ...input, notes: [...input.notes, ...events.notes] });
  return workloadView(explanation, found.status ?? {}, events.found);
}

async function readEvents(
  cluster: WatchedCluster,
  workload: EventsOn,
): Promise<{ readonly found: readonly StoredEvent[]; readonly notes: readonly string[] }> {
  try {
    return { found: await cluster.eventsOn(workload), notes: [] };
  } catch (error) {
    if (!isApiError(error, 'Forbidden')) throw error;
    return { found: [], notes: [`you may not read Events, so what happened is left out here: ${error.message}`] };
  }
}
