// controllers: joins the rooms: which change of what makes which workload be looked at again.
import { type Clock, type Manager, type ResourceEvent, systemClock } from '@dot-kube/operator';
import type { ObservedOwner, ObservedTarget } from '../observe/observed.js';
import {
  cronJobs,
  daemonSets,
  deployments,
  jobs,
  nodes,
  pods,
  replicaSets,
  replicationControllers,
  results,
  statefulSets,
} from '../observe/resources.js';
import { Poller } from '../scan/poller.js';
import { workloadKey } from '../workload/workload.js';
import { Approvals } from './approvals.js';
import { CustomLookup } from './custom-lookup.js';
import { CustomOwners } from './custom-owners.js';
import { declareBrake } from './declare-brake.js';
import { type ConnectionDeclaration, declareConnection } from './declare-connection.js';
import { declarePolicies } from './policies.js';
import { declareSurroundings } from './surroundings.js';
import { FIELD_MANAGER, ResultWriter } from './result-writer.js';
import { workloadReconciler } from './workload-controller.js';
import { platformsByNode } from './wanted-images.js';
import { keyOfTarget, type OwnerKind, workloadLookup } from './workload-lookup.js';

export type OperatorPorts = ConnectionDeclaration & { readonly clock?: Clock };

const INITIAL = -100; // what the first list brings waits behind what changes now

/** What runs on every replica, whether it leads or not. */
export interface OnEveryReplica {
  /** Receives web hooks as the connection asks for, until `signal` aborts. */
  readonly receiveHooks: (signal: AbortSignal) => Promise<void>;
}

/** Declares everything on the manager; nothing runs before `manager.start()`. */
export function declareOperator(ports: OperatorPorts): OnEveryReplica {
  const { manager, settings, clock = systemClock } = ports;
  const customOwners = new CustomOwners();
  const lookup = workloadLookup(manager, customOwners);
  const judgeAgain = (key: string): void => {
    workloads.enqueue(key);
  };
  const approvals = new Approvals();
  const brake = declareBrake(ports, {
    approvals,
    lookup,
    clock,
    judgeAgain,
    waiting: () => workloads.queue.depths().reduce((sum, [, depth]) => sum + depth, 0),
  });
  const policies = declarePolicies({
    manager,
    lookup,
    clock,
    judgeAgain,
    approvals,
    approvalChanged: brake.approvalChanged.bind(brake),
  });
  const poller = new Poller({
    clock,
    onNews: (keys) => {
      for (const key of keys) judgeAgain(key);
    },
    onOutcome: (outcome) => {
      connection.heard(outcome);
    },
  });
  const judge = workloadReconciler({
    lookup,
    customs: new CustomLookup({ client: manager.client, owners: customOwners, judgeAgain }),
    policies,
    scans: poller.store,
    platformsOf: platformsByNode(manager.store(nodes)),
    results: new ResultWriter(manager.store(results), (signal) => manager.writer(FIELD_MANAGER, signal)),
    client: manager.client,
    events: manager.events,
    brake,
    surroundingsOf: declareSurroundings({ manager, settings, keysIn: lookup.keysIn, judgeAgain }),
    clock,
  });
  const workloads = manager.controller('workload').reconcile(async ({ key, ...pass }) => judge(key, pass));
  const connection = declareConnection(ports, poller, clock);

  watchWorkloads({ manager, lookup, enqueue: workloads.enqueue.bind(workloads) });
  return { receiveHooks: connection.receiveHooks };
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
  const viaOwner = (kind: OwnerKind) => (event: ResourceEvent<ObservedOwner>) => {
    look(lookup.keyOfOwner(kind, event.object), event);
  };
  manager.watch(replicaSets, viaOwner('ReplicaSet'));
  manager.watch(replicationControllers, viaOwner('ReplicationController'));
  manager.watch(jobs, viaOwner('Job'));
  const ofItself = (event: ResourceEvent<ObservedTarget>): void => {
    look(keyOfTarget(event.object), event);
  };
  for (const kind of [deployments, statefulSets, daemonSets, cronJobs]) manager.watch(kind, ofItself);
  manager.watch(results, (event) => {
    const { namespace, spec } = event.object;
    const { apiVersion, kind, name } = spec.workloadRef;
    look(workloadKey({ apiVersion, kind, namespace, name }), event);
  });
}
