// plan: what of a judgement the brake has to be asked about: who asks for which action, and what comes at the end of a grace
// period. Pure.
import type { Action, Asker } from '../api/v1alpha1/types.js';
import type { Judgement } from '../evaluate/verdict.js';
import { isDue, type Violation } from '../evaluate/violation.js';
import type { Ask, Coming } from './brake.js';
import type { Plan } from './plan.js';
import type { Refused } from './refusal.js';

export type PlanFor = (demand: Action) => Plan;
export type IsApproved = (policy: string) => boolean;

/** A plan of the judgement's demand, or of a milder action that others ask for. */
export interface Option {
  readonly ask: Ask;
  readonly plan: Plan;
}

/** The strictest first. An action that would be no new stop ends them: what stands then needs no leave. */
export interface Options {
  readonly newStops: readonly Option[];
  /** What holds where none of the new stops may be; absent: the workload runs on. */
  readonly otherwise?: Plan;
  /** Why it is not deleted though it is asked for; a stop, which others ask for, is what there is instead. */
  readonly refused?: Refused;
}

const STRICTEST_FIRST = ['Delete', 'ScaleDown'] as const;

/**
 * A milder action is an option of its own: a floor asks for ScaleDown whether or not a team asks for Delete, and where only
 * the one is let go, it is done. So it is where a deletion would take volumes along and a stop would not.
 */
export function optionsOf(judgement: Judgement, planFor: PlanFor, isApproved: IsApproved, now: Date): Options {
  const asking = judgement.violations.filter((violation) => isEnforced(violation) && isDue(violation, now));
  const asked = STRICTEST_FIRST.map((action) => ({ action, askers: asking.filter(({ asks }) => asks === action) }));
  const planned = asked
    .filter(({ askers }) => askers.length > 0)
    .map(({ action, askers }) => ({ action, askers, plan: planFor(action) }));
  const [strictest, milder] = planned;
  // The volumes would go with a deletion, and stay with a stop: where others ask for that, it is done.
  if (strictest?.plan.kind === 'refused' && strictest.plan.reason === 'WouldDeleteClaims' && milder !== undefined) {
    const canBeStopped = milder.plan.kind !== 'refused' && milder.plan.kind !== 'nothing';
    if (canBeStopped) return { ...optionsIn([milder], isApproved), refused: strictest.plan };
  }
  return optionsIn(planned, isApproved);
}

interface Planned {
  readonly action: Ask['action'];
  readonly askers: readonly Violation[];
  readonly plan: Plan;
}

function optionsIn(planned: readonly Planned[], isApproved: IsApproved): Options {
  const newStops: Option[] = [];
  for (const { action, askers, plan } of planned) {
    if (plan.kind === 'refused' && newStops.length > 0) break; // what holds the stricter one is what there is to say
    if (!isNewStop(plan)) return { newStops, otherwise: plan };
    const policies = policiesOf(askers);
    const ask = { action, asker: askerOf(askers), policies, isApproved: policies.some(isApproved) };
    newStops.push({ ask, plan });
  }
  return { newStops };
}

/** Stopped anew, and not once more after somebody put it back. A rollback changes what runs just as much. */
function isNewStop(plan: Plan): boolean {
  if (plan.kind !== 'change') return false;
  const { change } = plan;
  return (
    change.kind === 'Delete' ||
    change.kind === 'RollBack' ||
    (change.kind === 'ScaleDown' && change.note.attempts === 1)
  );
}

/** The first that comes due, unless the policies that ask have been approved. */
export function comingOf(
  { violations }: Judgement,
  planFor: PlanFor,
  isApproved: IsApproved,
  now: Date,
): Coming | undefined {
  const inGrace = violations.filter(
    (violation) => isEnforced(violation) && !isDue(violation, now) && !isApproved(violation.policy),
  );
  const asked = new Set(inGrace.map(({ asks }) => asks));
  if (!STRICTEST_FIRST.some((action) => asked.has(action) && isNewStop(planFor(action)))) return undefined;
  const dueMs = Math.min(...inGrace.map(({ dueAt }) => dueAt.getTime()));
  return { asker: askerOf(inGrace), policies: policiesOf(inGrace), dueMs };
}

/**
 * Whether the workload counts among those that could be stopped: it runs, or we have stopped it.
 *
 * @param isAtRest it stands still, whoever did that
 */
export function couldBeStopped(planFor: PlanFor, isAtRest: boolean): boolean {
  switch (planFor('ScaleDown').kind) {
    case 'change':
    case 'stopped':
    case 'backingOff':
      return true;
    case 'nothing':
    case 'refused':
    case 'undecided':
      return !isAtRest && isNewStop(planFor('Delete')); // a bare Pod
  }
}

function isEnforced({ mode, asks }: Violation): boolean {
  return mode === 'Enforce' && asks !== 'Ignore';
}

function askerOf(violations: readonly Violation[]): Asker {
  return violations.some(({ policyKind }) => policyKind === 'ClusterXrayPolicy') ? 'Platform' : 'Team';
}

function policiesOf(violations: readonly Violation[]): readonly string[] {
  return [...new Set(violations.map(({ policy }) => policy))];
}
