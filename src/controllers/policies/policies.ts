// controllers: joins policies, exceptions and namespaces: what changes there, whom it reaches, and what is said of it.
import { type Clock, keyText, type Manager, type Result, type Writer } from '@dot-kube/operator';
import type { ClusterXrayPolicySpec, XrayPolicySpec } from '../../api/v1alpha1/types.js';
import type { Judgement } from '../../evaluate/verdict.js';
import { WorkloadIndex } from '../../evaluate/workload-index.js';
import { clusterPolicies, exceptions, namespaces, policies } from '../../observe/resources.js';
import { PolicyLedger, type Touched } from '../../report/policies/policy-ledger.js';
import { sharesOf } from '../../report/policies/policy-shares.js';
import type { Standing } from '../../report/result/standing.js';
import type { Workload } from '../../workload/workload.js';
import type { ApprovalInput, Approvals } from './approvals.js';
import { ExceptionController, type ExceptionPorts } from './exception-controller.js';
import { PolicyBook } from './policy-book.js';
import { PolicyController, type PolicyPorts } from './policy-controller.js';
import type { PolicyVersion } from './policy-versions.js';
import { FIELD_MANAGER } from '../workloads/result-writer.js';
import type { WorkloadLookup } from '../workloads/workload-lookup.js';

export interface PolicyRoomPorts {
  readonly manager: Manager;
  readonly lookup: Pick<WorkloadLookup, 'keysIn'>;
  readonly clock: Clock;
  /** Has a workload judged again. */
  readonly judgeAgain: (key: string) => void;
  readonly approvals: Approvals;
  /** A policy is approved now and was not, or the other way round. */
  readonly approvalChanged: (policy: string) => void;
}

/** What the judging of a workload needs of policies, and tells them. */
export interface PolicyRoom {
  readonly book: Pick<PolicyBook, 'knows' | 'policiesIn' | 'exceptionsIn' | 'generationOf'>;
  /** Somebody has approved the policy as it stands now. */
  readonly isApproved: (policy: string) => boolean;
  /** A workload is about to be judged: from now on, what selects it reaches it. */
  readonly seen: (key: string, workload: Workload) => void;
  readonly judged: (key: string, judgement: Judgement, standing: Standing, now: Date) => void;
  /** The workload is no more. */
  readonly gone: (key: string) => void;
}

const NEWS_GATHER_MS = 1_000; // a status that is about to be written waits for what comes with it

export function declarePolicies(ports: PolicyRoomPorts): PolicyRoom {
  const { manager, lookup, approvals } = ports;
  const index = new WorkloadIndex();
  const book = new PolicyBook(index);
  const ledger = new PolicyLedger();
  // The first pass comes when the caches are in step: what there is then has to be judged before counts can be told.
  const begin = (): void => {
    if (ledger.isExpecting) return;
    ledger.expect(
      manager
        .store(namespaces)
        .list()
        .flatMap(({ name }) => [...lookup.keysIn(name)]),
    );
  };
  const statuses = declareStatuses(ports, { book, ledger, begin });
  watchPolicies(ports, { book, ledger, statuses });
  const note = (change: () => Touched): void => {
    const before = ledger.isSettled;
    const touched = change();
    if (before === ledger.isSettled) statuses.touched(touched);
    else statuses.all();
  };
  return {
    book,
    isApproved: approvals.isApproved.bind(approvals),
    seen: (key, workload) => {
      begin();
      index.put(key, workload);
    },
    judged: (key, judgement, standing, now) => {
      note(() => ledger.note(key, sharesOf(judgement, standing, now), now));
    },
    gone: (key) => {
      index.remove(key);
      note(() => ledger.forget(key));
    },
  };
}

interface Rooms {
  readonly book: PolicyBook;
  readonly ledger: PolicyLedger;
  readonly statuses: Statuses;
}

function watchPolicies(ports: PolicyRoomPorts, { book, ledger, statuses }: Rooms): void {
  const { manager, lookup, judgeAgain } = ports;
  const judgeAll = (keys: Iterable<string>): void => {
    for (const key of keys) judgeAgain(key);
  };
  manager.watch(policies, ({ type, object }) => {
    judgeAll((type === 'delete' ? book.removePolicy(object) : book.putPolicy(object)).workloads);
    if (type === 'delete') ledger.forgetPolicy(keyText(object));
    followApproval(ports, type === 'delete' ? undefined : object, keyText(object), book.team.get(object));
  });
  manager.watch(clusterPolicies, ({ type, object }) => {
    const { workloads, change } = type === 'delete' ? book.removeClusterPolicy(object) : book.putClusterPolicy(object);
    judgeAll(workloads);
    if (type === 'delete') ledger.forgetPolicy(object.name);
    followApproval(ports, type === 'delete' ? undefined : object, object.name, book.cluster.get(object));
    for (const namespace of book.namespacesOf(change)) statuses.floorChanged(namespace);
  });
  manager.watch(exceptions, ({ type, object }) => {
    judgeAll(type === 'delete' ? book.removeException(object) : book.putException(object));
  });
  manager.watch(namespaces, ({ type, object, initial }) => {
    judgeAll(type === 'delete' ? book.removeNamespace(object) : book.putNamespace(object));
    statuses.floorChanged(object.name);
    // Its workloads may have been seen before it, and wait for it.
    if (type === 'add' && !initial) judgeAll(lookup.keysIn(object.name));
  });
}

function followApproval(
  { approvals, approvalChanged }: PolicyRoomPorts,
  policy: ApprovalInput | undefined,
  name: string,
  version: Pick<PolicyVersion<unknown>, 'newest'> | undefined,
): void {
  if (policy === undefined) approvals.remove(name);
  else if (approvals.put(name, policy, version?.newest.ok === true)) approvalChanged(name);
}

/** Has statuses looked at again. */
interface Statuses {
  readonly touched: (touched: Touched) => void;
  readonly all: () => void;
  readonly floorChanged: (namespace: string) => void;
}

function declareStatuses(
  { manager, clock }: PolicyRoomPorts,
  { book, ledger, begin }: Omit<Rooms, 'statuses'> & { readonly begin: () => void },
): Statuses {
  const stores = {
    team: manager.store(policies),
    cluster: manager.store(clusterPolicies),
    exceptions: manager.store(exceptions),
  };
  const { events } = manager;
  const writer = (signal: AbortSignal): Writer => manager.writer(FIELD_MANAGER, signal);
  const { team, cluster, exception } = statusControllers({ ledger, writer, events, clock }, stores, book);
  const passOf =
    (reconciles: { reconcile: (key: string, signal: AbortSignal) => Promise<Result> }) =>
    async ({ key, signal }: { readonly key: string; readonly signal: AbortSignal }): Promise<Result> => {
      begin();
      return reconciles.reconcile(key, signal);
    };
  const teams = manager.controller('policy').for(policies).reconcile(passOf(team));
  const clusters = manager.controller('clusterpolicy').for(clusterPolicies).reconcile(passOf(cluster));
  const waivers = manager.controller('exception').for(exceptions).reconcile(passOf(exception));
  const soon = { afterMs: NEWS_GATHER_MS };
  const touched = (names: { readonly policies: Iterable<string>; readonly exceptions: Iterable<string> }): void => {
    for (const name of names.policies) (name.includes('/') ? teams : clusters).enqueue(name, soon);
    for (const name of names.exceptions) waivers.enqueue(name, soon);
  };
  return {
    touched,
    all: () => {
      const all = [...stores.team.list(), ...stores.cluster.list()];
      touched({ policies: all.map(keyText), exceptions: stores.exceptions.list().map(keyText) });
    },
    floorChanged: (namespace) => {
      for (const policy of stores.team.list(namespace)) teams.enqueue(keyText(policy), soon);
    },
  };
}

type SharedPorts = Pick<PolicyPorts<never>, 'ledger' | 'writer' | 'events' | 'clock'>;

interface Stores {
  readonly team: PolicyPorts<XrayPolicySpec>['store'];
  readonly cluster: PolicyPorts<ClusterXrayPolicySpec>['store'];
  readonly exceptions: ExceptionPorts['store'];
}

function statusControllers(
  shared: SharedPorts,
  stores: Stores,
  book: PolicyBook,
): {
  readonly team: PolicyController<XrayPolicySpec>;
  readonly cluster: PolicyController<ClusterXrayPolicySpec>;
  readonly exception: ExceptionController;
} {
  return {
    team: new PolicyController({
      ...shared,
      resource: policies,
      store: stores.team,
      versions: book.team,
      floorsOf: (namespace) => book.requiredIn(namespace),
    }),
    cluster: new PolicyController({
      ...shared,
      resource: clusterPolicies,
      store: stores.cluster,
      versions: book.cluster,
      floorsOf: () => [],
    }),
    exception: new ExceptionController({ ...shared, store: stores.exceptions, book }),
  };
}
