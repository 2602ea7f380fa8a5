// cli/status: the command `status`: an overview of the cluster or of one namespace.
import { clusterXrayPolicies, xrayConnections, xrayPolicies, xrayScanResults } from '../../api/v1alpha1/coordinates.js';
import type { XrayConnection } from '../../api/v1alpha1/types.js';
import { CLUSTER_OPTIONS, type Command, type Given, NAMESPACE, outputOption } from '../command.js';
import type { ExitCode } from '../exit-code.js';
import { inCluster, Reader } from '../in-cluster.js';
import type { StoredClusterPolicy, StoredPolicy, StoredResult } from '../stored.js';
import { type Cell, colourOfVerdict, type Paint, paintFor, table } from '../style.js';
import type { Cluster, World } from '../world.js';
import {
  connectionOf,
  type ConnectionState,
  isWell,
  type Overview,
  overviewOf,
  policyOf,
  workloadOf,
} from './overview.js';

const WORST = 10;

export const statusCommand: Command = {
  name: 'status',
  summary: 'show how many workloads stand where, the worst of them, policies that are not in force, the connection',
  usage: 'status [-n NAMESPACE | -A] [OPTIONS]',
  maxArguments: 0,
  options: [
    NAMESPACE,
    { name: 'all-namespaces', short: 'A', help: 'all namespaces' },
    outputOption(['text', 'json']),
    ...CLUSTER_OPTIONS,
  ],
  details:
    'Exit code 1: a workload violates a policy, a policy is not in force, Xray does not answer, or there is no XrayConnection.',
  run: async (given, world) => runStatus(given, world),
};

async function runStatus(given: Given, world: World): Promise<ExitCode> {
  const overview = await inCluster(given, world, async (cluster) => readOverview(given, cluster));
  world.out.write(
    given.text('output') === 'json'
      ? `${JSON.stringify(overview, undefined, 2)}\n`
      : textOverview(overview, paintFor(world.out, world.environment)),
  );
  return isWell(overview) ? 0 : 1;
}

async function readOverview(given: Given, cluster: Cluster): Promise<Overview> {
  const namespace = given.has('all-namespaces') ? undefined : (given.text('namespace') ?? cluster.namespace);
  const reader = new Reader(cluster);
  const results = await cluster.list<StoredResult>(xrayScanResults, namespace);
  const team = await reader.list<StoredPolicy>(xrayPolicies, namespace);
  const ofCluster = await reader.list<StoredClusterPolicy>(clusterXrayPolicies);
  const before = reader.notes.length;
  const connections = await reader.list<XrayConnection & { metadata: { name: string } }>(xrayConnections);
  return overviewOf({
    ...(namespace === undefined ? {} : { namespace }),
    workloads: results.map(workloadOf),
    policies: [
      ...ofCluster.map((object) => policyOf('ClusterXrayPolicy', object)),
      ...team.map((object) => policyOf('XrayPolicy', object)),
    ],
    ...(reader.notes.length > before ? {} : { connections: connections.map(connectionOf) }),
    notes: reader.notes,
    worst: WORST,
  });
}

function textOverview(overview: Overview, paint: Paint): string {
  const { namespace, workloads, worst, policies, policiesNotReady, connections, notes } = overview;
  const where = namespace === undefined ? 'all namespaces' : `namespace ${namespace}`;
  return [
    `${paint('bold', `Workloads of ${where}`)}: ${workloads}\n`,
    ...countLine('verdicts', overview.verdicts, paint),
    ...countLine('actions', overview.actions, paint),
    ...(worst.length === 0 ? [] : [`\n${paint('bold', 'The worst')}\n`, table(worstRows(overview), paint)]),
    `\n${paint('bold', 'Policies')}: ${policies}, ${policiesNotReady.length} not in force\n`,
    ...policiesNotReady.map(
      ({ kind, name, reason, message }) => `  ${paint('red', reason)} ${kind} ${name}: ${message}\n`,
    ),
    ...(connections === undefined ? [] : connectionLines(connections, paint)),
    ...notes.map((note) => `${paint('yellow', 'note:')} ${note}\n`),
  ].join('');
}

function connectionLines(connections: readonly ConnectionState[], paint: Paint): readonly string[] {
  return [
    `\n${paint('bold', 'Xray')}\n`,
    ...(connections.length === 0 ? [`  there is no XrayConnection, so nothing is judged\n`] : []),
    ...connections.map(
      ({ name, url, ready, reason, message, version = '?' }) =>
        `  ${name} ${url} ${version}: ${paint(ready === 'True' ? 'green' : 'red', reason)}${ready === 'True' ? '' : `, ${message}`}\n`,
    ),
  ];
}

function countLine(title: string, counts: Readonly<Record<string, number>>, paint: Paint): readonly string[] {
  const entries = Object.entries(counts).sort(([a], [b]) => (a < b ? -1 : 1));
  if (entries.length === 0) return [];
  const words = entries.map(([word, count]) => {
    const text = `${count} ${word}`;
    return title === 'verdicts' ? paint(colourOfVerdict(word), text) : text;
  });
  return [`  ${title}: ${words.join(', ')}\n`];
}

function worstRows({ worst }: Overview): readonly (readonly (Cell | string)[])[] {
  return [
    ['  NAMESPACE', 'WORKLOAD', 'VERDICT', 'ACTION', 'CRITICAL', 'HIGH', 'VIOLATIONS'],
    ...worst.map(({ namespace, kind, name, verdict, action, critical, high, violations }) => [
      `  ${namespace}`,
      `${kind.toLowerCase()}/${name}`,
      { text: verdict, colour: colourOfVerdict(verdict) },
      action,
      String(critical),
      String(high),
      String(violations),
    ]),
  ];
}
