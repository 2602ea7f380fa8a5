// controllers: keeps one PolicyReport for each result, in the group that is installed. Off by default; it writes only reports, and
// only where one does not say what it should.
import {
  type Clock,
  isApiError,
  keyText,
  type Manager,
  type ObjectKey,
  parseKey,
  type Resource,
  type Result,
  type Store,
  type Writer,
} from '@dot-kube/operator';
import { REPORT_MANAGER } from '../api/report-labels.js';
import type { Judgement } from '../evaluate/verdict.js';
import { fingerprintOfReport, type ObservedReport, openReports, policyReports } from '../observe/policy-reports.js';
import { results } from '../observe/resources.js';
import { type CoveredRule, coverageOf } from '../report/policies/policy-coverage.js';
import { type PolicyReport, policyReport, policyReportName } from '../report/policy-report.js';
import { resultName } from '../report/result/result-name.js';
import { parseWorkloadKey } from '../workload/workload.js';

/** Hears of each judgement: the rules that hold for a workload stand in no result. */
export interface ReportKeeper {
  readonly judged: (workload: string, judgement: Judgement) => void;
  /** The workload is no more; its report goes with its result. */
  readonly gone: (workload: string) => void;
}

const LOOK_MS = 5_000; // whether a kind has been installed meanwhile; the watches ask every half minute
const BEHIND = -100;

/** Declares what keeps the reports. */
export function declareReports(manager: Manager, clock: Clock): ReportKeeper {
  const covered = new Map<string, readonly CoveredRule[]>();
  const keeper = new Keeper(manager, covered);
  const controller = manager
    .controller('policyreport')
    .for(results)
    .watches(openReports, { map: resultOf })
    .watches(policyReports, { map: resultOf })
    .reconcile(async ({ key, signal }) => keeper.reconcile(key, signal));
  manager.addPart({
    name: 'report-kinds',
    run: async (signal) => {
      let before = keeper.place;
      while (!signal.aborted) {
        await Promise.allSettled([clock.sleep(LOOK_MS, signal)]);
        const now = keeper.place;
        if (now === before) continue;
        before = now;
        for (const key of covered.keys()) controller.enqueue(key, { priority: BEHIND });
      }
    },
  });
  return {
    judged: (workload, judgement) => {
      const key = keyOfResult(workload);
      covered.set(key, coverageOf(judgement));
      controller.enqueue(key);
    },
    gone: (workload) => {
      covered.delete(keyOfResult(workload));
    },
  };
}

function keyOfResult(workload: string): string {
  const ref = parseWorkloadKey(workload);
  return keyText({ namespace: ref.namespace, name: resultName(ref) });
}

/** By its controller, where somebody has not taken that off; then the next judgement finds it. */
function resultOf({ namespace, owner }: ObservedReport): readonly string[] {
  return owner === undefined ? [] : [keyText({ namespace, name: owner })];
}

class Keeper {
  readonly #manager: Manager;
  readonly #covered: ReadonlyMap<string, readonly CoveredRule[]>;
  readonly #stores: readonly { readonly resource: Resource<ObservedReport>; readonly store: Store<ObservedReport> }[];

  constructor(manager: Manager, covered: ReadonlyMap<string, readonly CoveredRule[]>) {
    this.#manager = manager;
    this.#covered = covered;
    this.#stores = [openReports, policyReports].map((resource) => ({ resource, store: manager.store(resource) }));
  }

  /** Where reports are kept; undefined while neither kind is installed. */
  get place(): Resource<ObservedReport> | undefined {
    return this.#stores.find(({ resource }) => this.#manager.isInstalled(resource))?.resource;
  }

  async reconcile(key: string, signal: AbortSignal): Promise<Result> {
    const result = this.#manager.store(results).get(parseKey(key));
    const covered = this.#covered.get(key);
    // Before the first judgement nobody knows which rules hold; what was reported before stays.
    if (result?.status === undefined || result.deletionTimestamp !== undefined || covered === undefined) return {};
    const { place } = this;
    if (place === undefined) return {};
    const at = { namespace: result.namespace, name: policyReportName(result) };
    await this.#keep(place, at, policyReport(result, covered), this.#manager.writer(REPORT_MANAGER, signal));
    return {};
  }

  /** In one kind only: one of the other would grow stale. */
  async #keep(place: Resource<ObservedReport>, at: ObjectKey, report: PolicyReport, writer: Writer): Promise<void> {
    for (const { resource, store } of this.#stores) {
      const there = store.get(at);
      if (resource !== place) {
        if (there !== undefined) await writer.delete(resource, at).catch(ignoreGone);
      } else if (there?.fingerprint !== fingerprintOfReport(report)) await writer.apply(resource, at, { ...report });
    }
  }
}

function ignoreGone(error: unknown): void {
  if (!isApiError(error, 'NotFound')) throw error;
}
