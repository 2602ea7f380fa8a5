// controllers: the figures of this operator that are read from the caches when somebody scrapes: right on each replica, also after a
// restart, and without a series of what is gone.
import { type Clock, counter, gauge, type Manager, type Sample } from '@dot-kube/operator';
import type { Settings } from '../config/settings.js';
import type { Outcome } from '../enforce/enforce.js';
import { clusterPolicies, connections, exceptions, policies, results } from '../observe/resources.js';
import type { Change } from '../plan/plan.js';
import { imageFigures } from '../report/figures/image-figures.js';
import { resultFigures } from '../report/figures/result-figures.js';
import {
  connectionFigures,
  type CountedPolicy,
  exceptionFigures,
  policyFigures,
} from '../report/figures/rule-figures.js';
import type { ScanStore } from '../scan/store.js';

export interface Measured {
  readonly manager: Pick<Manager, 'registry' | 'store'>;
  readonly scans: Pick<ScanStore, 'knowledge'>;
  readonly settings: Pick<Settings, 'connection'>;
  readonly isXrayPaused: () => boolean;
  readonly clock: Clock;
}

/** One scrape reads several figures of the same objects; going through all of them once is enough. */
const REMEMBERED_MS = 500;

// As keys, so that the compiler finds the one that is missing.
const CHANGES = { ScaleDown: true, RollBack: true, Delete: true, Restore: true, Forget: true } satisfies Record<
  Change['kind'],
  true
>;
const OUTCOMES = { done: true, outdated: true, refused: true, forbidden: true, failed: true } satisfies Record<
  Outcome['kind'],
  true
>;
const HOOK_ANSWERS = ['202', '400', '401', '405', '413', '415', '429'];

export function measureWhatIsThere(measured: Measured): void {
  measureResults(measured);
  measureRules(measured);
  measureImages(measured);
  measureConnection(measured);
}

/** Counts each change that was tried, by what came of it. */
export function measureEnforcement({
  registry,
}: Pick<Manager, 'registry'>): (change: Change['kind'], outcome: Outcome['kind']) => void {
  const total = counter(registry, {
    name: 'kubexray_enforcements_total',
    help: 'Changes made to workloads, or tried, by what came of them.',
    labels: ['change', 'outcome'],
  });
  // There from the start, at 0: an increase from nothing at all is none to Prometheus.
  for (const change of Object.keys(CHANGES))
    for (const outcome of Object.keys(OUTCOMES)) total.inc({ change, outcome }, 0);
  return (change, outcome) => {
    total.inc({ change, outcome });
  };
}

/** Counts web hooks by the status of the answer. */
export function measureHooks({ registry }: Pick<Manager, 'registry'>): (status: number) => void {
  const total = counter(registry, {
    name: 'kubexray_hook_requests_total',
    help: 'Web hooks that came in, by the status of the answer.',
    labels: ['code'],
  });
  for (const code of HOOK_ANSWERS) total.inc({ code }, 0);
  return (status) => {
    total.inc({ code: String(status) });
  };
}

function measureResults({ manager, clock }: Measured): void {
  const store = manager.store(results);
  const read = remembered(clock, () => resultFigures(store.list()));
  const each = eachOf(manager);
  each(
    ['kubexray_workloads', 'Workloads by verdict and by what was done.', ['verdict', 'action']],
    () => read().workloads,
  );
  each(
    ['kubexray_violating_workloads', 'Workloads that break a rule, by namespace.', ['namespace']],
    () => read().violatingWorkloads,
  );
  each(
    ['kubexray_vulnerabilities', 'Vulnerabilities in the images of workloads, by severity.', ['severity']],
    () => read().vulnerabilities,
  );
  each(['kubexray_violations', 'Violations that results list.', ['condition', 'severity']], () => read().violations);
  each(['kubexray_violations_omitted', 'Violations for which results have no room.', []], () =>
    single(read().violationsOmitted),
  );
  each(
    ['kubexray_held_workloads', 'Workloads that are to be stopped and are not, by why.', ['reason']],
    () => read().heldWorkloads,
  );
  each(
    [
      'kubexray_contended_workloads',
      'Workloads whose stop somebody ends again and again, by who it is.',
      ['contender'],
    ],
    () => read().contendedWorkloads,
  );
}

function measureRules({ manager, clock }: Measured): void {
  const team = manager.store(policies);
  const cluster = manager.store(clusterPolicies);
  const waivers = manager.store(exceptions);
  const each = eachOf(manager);
  each(['kubexray_policies', 'Policies, by whether they are in force as written.', ['kind', 'mode', 'ready']], () =>
    policyFigures([
      ...team.list().map((policy): CountedPolicy => counted('XrayPolicy', policy)),
      ...cluster.list().map((policy): CountedPolicy => counted('ClusterXrayPolicy', policy)),
    ]),
  );
  const read = (): ReturnType<typeof exceptionFigures> => exceptionFigures([...waivers.list()], clock.now());
  each(['kubexray_exceptions', 'Exceptions by whether they still hold.', ['state']], () => read().exceptions);
  each(['kubexray_exceptions_ending', 'Exceptions that end within that time.', ['within']], () => read().ending);
}

interface Policy {
  readonly spec: { readonly mode?: CountedPolicy['mode'] };
  readonly status?: CountedPolicy['status'];
}

function counted(kind: CountedPolicy['kind'], { spec, status }: Policy): CountedPolicy {
  return { kind, mode: spec.mode, status };
}

function measureImages({ manager, scans, clock }: Measured): void {
  const read = remembered(clock, () => imageFigures(scans.knowledge(), clock.now()));
  const each = eachOf(manager);
  each(['kubexray_images', 'Images that run, by what is known of them.', ['state']], () => read().images);
  each(['kubexray_stale_images', 'Images whose facts could not be confirmed lately.', []], () => single(read().stale));
  each(['kubexray_oldest_facts_age_seconds', 'How old the oldest facts in force are.', []], () =>
    single(read().oldestFactsSeconds),
  );
}

function measureConnection({ manager, settings, isXrayPaused }: Measured): void {
  const store = manager.store(connections);
  const read = (): ReturnType<typeof connectionFigures> =>
    connectionFigures(store.get({ namespace: '', name: settings.connection }));
  const each = eachOf(manager);
  each(['kubexray_connection_ready', '1 while the connection to Xray is ready.', []], () => single(read().ready));
  each(['kubexray_last_successful_poll_timestamp_seconds', 'When Xray last answered.', []], () =>
    single(read().lastPoll),
  );
  each(['kubexray_xray_paused', '1 while Xray does not answer, and is left alone for a while.', []], () =>
    single(Number(isXrayPaused())),
  );
}

type Name<L extends string> = readonly [name: string, help: string, labels: readonly L[]];

function eachOf({ registry }: Pick<Manager, 'registry'>) {
  return <L extends string>([name, help, labels]: Name<L>, read: () => Iterable<Sample<L>>): void => {
    gauge(registry, { name, help, labels }, read);
  };
}

function single(value: number | undefined): readonly Sample<never>[] {
  return value === undefined ? [] : [[{}, value]];
}

function remembered<T extends object>(clock: Clock, read: () => T): () => T {
  let last: { readonly value: T; readonly atMs: number } | undefined;
  return () => {
    const nowMs = clock.monotonicMs();
    if (last === undefined || nowMs - last.atMs > REMEMBERED_MS) last = { value: read(), atMs: nowMs };
    return last.value;
  };
}
