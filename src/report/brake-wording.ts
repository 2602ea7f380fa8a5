// report: what is said of a workload that the brake holds, or that waits for its turn. The same from pass to pass while nothing
// changes for this workload: a number that moves with each of a wave would be a write to each of its results.
import { APPROVE_ANNOTATION } from '../api/approve-annotation.js';
import type { BrakeRules } from '../plan/brake-limit.js';
import type { Rate } from '../plan/brake-rate.js';
import { BRAKE_ENGAGED, RATE_LIMITED } from './result/held-reasons.js';
import type { Obstacle } from './result/standing.js';

export interface Approvable {
  /** As it is shown: `namespace/name` of an XrayPolicy, the name of a ClusterXrayPolicy. */
  readonly policy: string;
  readonly generation: number;
}

export function brakeObstacle(
  where: 'cluster' | 'namespace',
  rules: BrakeRules,
  asking: readonly Approvable[],
): Obstacle {
  const ways = asking.map(approvalText).join('; or ');
  const message =
    `Not stopped: more workloads of the ${where} are to be stopped than may newly be ${limitsText(rules)} without approval. ` +
    `To let it be done: ${ways}.`;
  return { reason: BRAKE_ENGAGED, message };
}

export function turnObstacle({ perMinute }: Rate): Obstacle {
  const message = `It is to be stopped and waits for its turn: ${perMinute} workloads a minute are stopped.`;
  return { reason: RATE_LIMITED, message };
}

export function approvalText({ policy, generation }: Approvable): string {
  const slash = policy.indexOf('/');
  const name = policy.slice(slash + 1);
  const [kind, where] = slash < 0 ? ['clusterxraypolicy', ''] : ['xraypolicy', ` -n ${policy.slice(0, slash)}`];
  return `kubexray approve ${kind}/${name}${where}, or annotate it with ${APPROVE_ANNOTATION}="${generation}"`;
}

export function limitsText({ sharePercent, floor, windowMs }: BrakeRules): string {
  return `(${sharePercent} %, at least ${floor}, within ${windowMs / 3_600_000} h)`;
}
