// controllers: joins the rooms: which change of what makes which workload be looked at again.
import { type Clock, type Manager, type ResourceEvent, silentLogger, systemClock } from '@dot-kube/operator';
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
import { dispatcherFor, noProxies } from '../scan/xray/dispatcher.js';
import { Poller } from '../scan/poller.js';
import { Approvals } from './policies/approvals.js';
import { CustomLookup } from './workloads/custom-lookup.js';
import { CustomOwners } from './workloads/custom-owners.js';
import type { BrakeKeeper } from './brake/brake-keeper.js';
import { type BrakeSurroundings, declareBrake } from './brake/declare-brake.js';
import { type ConnectionDeclaration, declareConnection } from './connection/declare-connection.js';
import { KedaKeeper } from './workloads/keda-keeper.js';
import type { Pace } from './notify/mailbox.js';
import { declareNotifications, USUAL_PACE } from './notify/notifier.js';
import { measureEnforcement, measureWhatIsThere } from './measure.js';
import { declarePolicies, type PolicyRoom } from './policies/policies.js';
import { Rollbacks } from './workloads/rollback.js';
import { declareReports, type ReportKeeper } from './report-keeper.js';
import { declareSurroundings } from './workloads/surroundings.js';
import { ReportTurn } from './workloads/report-turn.js';
import { FIELD_MANAGER, keyOfResult, ResultWriter } from './workloads/result-writer.js';
import { UnwrittenHistory } from './workloads/unwritten-history.js';
import { workloadReconciler } from './workloads/workload-controller.js';
import { platformsByNode } from './workloads/wanted-images.js';
import { workloadWrites } from './workloads/workload-writes.js';
import { keyOfTarget, type OwnerKind, workloadLookup } from './workloads/workload-lookup.js';

export type OperatorPorts = ConnectionDeclaration & {
  readonly clock?: Clock;
  /** Of messages to those whom policies name. */
  readonly notificationPace?: Pace;
};

const WORKLOAD = 'workload';
const INITIAL = -100; // what the first list brings waits behind what changes now
const REPORT = -200; // what is only written down waits behind all that is to be judged
const AT_ONCE = 16; // as many as the client sends at once: a pass is hardly more than its writes

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
  const lookAt = (priority: number) => (key: string) => {
    workloads.enqueue(key, { priority });
  };
  const [judgeAgain, lookLater] = [lookAt(0), lookAt(REPORT)];
  const undecided = (): number => workloads.undecided(REPORT);
  const { brake, policies } = declareRules(ports, { lookup, clock, judgeAgain, undecided });
  const { poller, connection } = declareXray(ports, {
    clock,
    judgeAgain,
    onTelling: (keys) => {
      for (const key of keys) workloads.enqueue(key, { priority: INITIAL });
    },
  });
  const judge = workloadReconciler({
    lookup,
    customs: new CustomLookup({ client: manager.client, owners: customOwners, judgeAgain }),
    policies: settings.policyReports ? reportedBy(declareReports(manager, clock), policies) : policies,
    scans: poller.store,
    metadata: connection.metadata,
    platformsOf: platformsByNode(manager.store(nodes)),
    results: new ResultWriter(manager.store(results), (key, signal) =>
      manager.writer(FIELD_MANAGER, signal, { controller: WORKLOAD, key }),
    ),
    client: workloadWrites(manager),
    rollbacks: new Rollbacks(manager.client),
    events: manager.events,
    keda: new KedaKeeper(manager.client, settings.pauseOnStop),
    brake,
    keepsEnvValues: settings.keepEnvValues,
    enforced: measureEnforcement(manager),
    surroundingsOf: declareSurroundings({ manager, settings, keysIn: lookup.keysIn, judgeAgain }),
    reports: new ReportTurn({ undecided, lookLater }),
    unwritten: new UnwrittenHistory(),
    clock,
  });
  const workloads = manager
    .controller(WORKLOAD)
    .watches(results, { map: (result) => [keyOfResult(result)] }) // but not for what the pass itself wrote
    .options({ concurrency: AT_ONCE })
    .reconcile(async ({ key, ...pass }) => judge(key, pass));

  tellReceivers(ports, clock);
  measureWhatIsThere({ manager, settings, scans: poller.store, isXrayPaused: connection.isPaused, clock });
  watchWorkloads({ manager, lookup, enqueue: workloads.enqueue.bind(workloads) });
  return { receiveHooks: connection.receiveHooks };
}

interface XraySurroundings {
  readonly clock: Clock;
  readonly judgeAgain: (key: string) => void;
  readonly onTelling: (keys: Iterable<string>) => void;
}

/** Who asks Xray, and what says where it is; what comes of the questions is the connection's status. */
function declareXray(
  ports: OperatorPorts,
  { clock, judgeAgain, onTelling }: XraySurroundings,
): { readonly poller: Poller; readonly connection: ReturnType<typeof declareConnection> } {
  const { tracing } = ports;
  const poller = new Poller({
    clock,
    ...(tracing === undefined ? {} : { tracing }),
    onNews: (keys) => {
      for (const key of keys) judgeAgain(key);
    },
    onOutcome: (outcome) => {
      connection.heard(outcome);
    },
  });
  const connection = declareConnection(ports, { poller, clock, onTelling });
  return { poller, connection };
}

type RuleSurroundings = Omit<BrakeSurroundings, 'approvals'>;

/** Approvals stand on the policies, and loosen the brake: each tells the other. */
function declareRules(
  ports: OperatorPorts,
  around: RuleSurroundings,
): { readonly brake: BrakeKeeper; readonly policies: PolicyRoom } {
  const approvals = new Approvals();
  const brake = declareBrake(ports, { ...around, approvals });
  const approvalChanged = brake.approvalChanged.bind(brake);
  const policies = declarePolicies({ ...around, manager: ports.manager, approvals, approvalChanged });
  return { brake, policies };
}

const RECEIVER_TIMEOUT_MS = 10_000;
const RECEIVER_CONNECTIONS = 32; // to one host: those that hang are in nobody else's way

function tellReceivers(
  { manager, settings, proxies = noProxies, log = silentLogger, notificationPace = USUAL_PACE }: OperatorPorts,
  clock: Clock,
): void {
  const limits = { timeoutMs: RECEIVER_TIMEOUT_MS, connections: RECEIVER_CONNECTIONS, proxies };
  declareNotifications({
    manager,
    client: manager.client,
    namespace: settings.namespace,
    isAllowed: settings.notificationHosts,
    dispatcher: dispatcherFor(limits),
    timeoutMs: RECEIVER_TIMEOUT_MS,
    now: clock.now.bind(clock),
    clock,
    log,
    pace: notificationPace,
  });
}

/** Reports of policies are told of each judgement with them. */
function reportedBy(reports: ReportKeeper, policies: PolicyRoom): PolicyRoom {
  return {
    ...policies,
    judged: (key, judgement, standing, now) => {
      policies.judged(key, judgement, standing, now);
      reports.judged(key, judgement);
    },
    gone: (key) => {
      policies.gone(key);
      reports.gone(key);
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
}
