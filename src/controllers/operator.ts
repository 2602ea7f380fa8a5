// controllers: joins the rooms: which change of what makes which workload be looked at again.
import { type Clock, type Manager, type ResourceEvent, systemClock } from '@dot-kube/operator';
import type { Settings } from '../config/settings.js';
import type { ObservedOwner, ObservedScalable } from '../observe/observed.js';
import {
  connections,
  deployments,
  jobs,
  nodes,
  pods,
  replicaSets,
  results,
  secretsIn,
  statefulSets,
} from '../observe/resources.js';
import { RegistryClient } from '../registry/registry-client.js';
import { Resolver } from '../registry/resolver.js';
import { type Outcome, Poller } from '../scan/poller.js';
import { dispatcherFor, noProxies, type Proxies } from '../scan/xray/dispatcher.js';
import type { XrayClient, XrayOptions } from '../scan/xray/xray-client.js';
import { workloadKey } from '../workload/workload.js';
import { ConnectionController } from './connection-controller.js';
import { declarePolicies } from './policies.js';
import { pullCredentials } from './pull-secrets.js';
import { ResultWriter } from './result-writer.js';
import { workloadReconciler } from './workload-controller.js';
import { platformsByNode } from './wanted-images.js';
import { workloadLookup } from './workload-lookup.js';

export interface OperatorPorts {
  readonly manager: Manager;
  readonly settings: Settings;
  readonly openXray: (options: XrayOptions) => XrayClient;
  /** For registries; none unless given. */
  readonly proxies?: Proxies;
  /** Registries that are spoken to in plain HTTP; none unless given. */
  readonly isPlainRegistry?: (registry: string) => boolean;
  readonly clock?: Clock;
}

const INITIAL = -100; // what the first list brings waits behind what changes now

/** Declares everything on the manager; nothing runs before `manager.start()`. */
export function declareOperator(ports: OperatorPorts): void {
  const { manager, settings, clock = systemClock } = ports;
  const lookup = workloadLookup(manager);
  const policies = declarePolicies({
    manager,
    lookup,
    clock,
    judgeAgain: (key) => {
      workloads.enqueue(key);
    },
  });
  const poller = new Poller({
    clock,
    onNews: (keys) => {
      for (const key of keys) workloads.enqueue(key);
    },
    onOutcome: (outcome) => {
      connection.heard(outcome);
    },
  });
  const judge = workloadReconciler({
    lookup,
    policies,
    scans: poller.store,
    platformsOf: platformsByNode(manager.store(nodes)),
    results: new ResultWriter(manager.store(results), manager.client),
    client: manager.client,
    events: manager.events,
    protectedNamespaces: settings.protectedNamespaces,
    clock,
  });
  const workloads = manager.controller('workload').reconcile(async ({ key, ...pass }) => judge(key, pass));
  const connection = declareConnection(ports, poller, clock);

  watchWorkloads({ manager, lookup, enqueue: workloads.enqueue.bind(workloads) });
}

const REGISTRY_TIMEOUT_MS = 15_000;
const REGISTRY_CONNECTIONS = 4;

function registryFor({ proxies = noProxies, isPlainRegistry }: OperatorPorts): RegistryClient {
  const limits = { timeoutMs: REGISTRY_TIMEOUT_MS, connections: REGISTRY_CONNECTIONS, proxies };
  return new RegistryClient({
    wayOut: (caBundle) => dispatcherFor(caBundle === undefined ? limits : { ...limits, caBundle }),
    timeoutMs: REGISTRY_TIMEOUT_MS,
    ...(isPlainRegistry === undefined ? {} : { isPlain: isPlainRegistry }),
  });
}

/** @returns who is to hear how each question to Xray ended */
function declareConnection(ports: OperatorPorts, poller: Poller, clock: Clock): { heard: (outcome: Outcome) => void } {
  const { manager, settings, openXray } = ports;
  const { client, events } = manager;
  const registry = registryFor(ports);
  const credentialsOf = pullCredentials.bind(undefined, client);
  const resolver = new Resolver({ registry, credentialsOf, clock });
  const connection = new ConnectionController({
    name: settings.connection,
    secretNamespace: settings.namespace,
    store: manager.store(connections),
    client,
    events,
    poller,
    open: openXray,
    registry,
    resolve: resolver.resolve.bind(resolver),
    clock,
  });
  const connecting = manager
    .controller('connection')
    .options({ concurrency: 1 })
    .reconcile(async ({ signal }) => connection.reconcile(signal));
  const lookAgain = (): void => {
    connecting.enqueue(settings.connection);
  };
  manager.watch(connections, ({ object }) => {
    if (object.name === settings.connection) lookAgain();
  });
  manager.watch(secretsIn(settings.namespace), lookAgain);
  manager.addPart({
    name: 'poller',
    run: async (signal) => {
      lookAgain(); // also where there is no connection: that is to be said too
      await poller.run(signal);
      await connection.close();
      await registry.close();
    },
  });
  return {
    heard: (outcome) => {
      if (connection.heard(outcome)) lookAgain();
    },
  };
}

interface WorkloadWatches {
  readonly manager: Manager;
  readonly lookup: ReturnType<typeof workloadLookup>;
  readonly enqueue: (key: string, options: { priority: number }) => void;
}

function watchWorkloads({ manager, lookup, enqueue }: WorkloadWatches): void {
  const look = (key: string, { initial }: Pick<ResourceEvent<unknown>, 'initial'>): void => {
    enqueue(key, { priority: initial ? INITIAL : 0 });
  };
  manager.watch(pods, (event) => {
    look(lookup.keyOfPod(event.object), event);
  });
  const viaOwner = (kind: 'ReplicaSet' | 'Job') => (event: ResourceEvent<ObservedOwner>) => {
    look(lookup.keyOfOwner(kind, event.object), event);
  };
  manager.watch(replicaSets, viaOwner('ReplicaSet'));
  manager.watch(jobs, viaOwner('Job'));
  const viaScalable = (event: ResourceEvent<ObservedScalable>): void => {
    const { kind, namespace, name } = event.object;
    look(workloadKey({ apiVersion: 'apps/v1', kind, namespace, name }), event);
  };
  manager.watch(deployments, viaScalable);
  manager.watch(statefulSets, viaScalable);
  manager.watch(results, (event) => {
    const { namespace, spec } = event.object;
    const { apiVersion, kind, name } = spec.workloadRef;
    look(workloadKey({ apiVersion, kind, namespace, name }), event);
  });
}
