// report: what is said of a stop that somebody ends again and again: who does it, how often, and what to do about it.
import type { Contention as Told, XrayScanResultStatus } from '../../api/v1alpha1/types.js';
import type { Contention } from '../../plan/contention.js';
import { type Contender, contenderOf } from '../../plan/contention-managers.js';
import type { EventDraft } from '../event-draft.js';

interface Said {
  readonly type: string;
  readonly status: 'True' | 'False';
  readonly reason: string;
  readonly message: string;
}

/** Nothing is said of a workload that nobody ever contended for. */
export function contended(
  contention: Contention | undefined,
  previous: XrayScanResultStatus | undefined,
): readonly Said[] {
  const type = 'Contended';
  if (contention !== undefined)
    return [{ type, status: 'True', reason: reasonOf(contention), message: contentionText(contention) }];
  if (previous?.conditions?.some((condition) => condition.type === type) !== true) return [];
  return [{ type, status: 'False', reason: 'Quiet', message: 'Nobody puts it back any more.' }];
}

export function toldOf(contention: Contention | undefined): Pick<XrayScanResultStatus, 'contention'> {
  if (contention === undefined) return {};
  const { manager, times, since } = contention;
  return { contention: { manager, times, since } };
}

/** One when it begins, one for each other who does it, one when it is over. */
export function contentionEvents(before: Told | undefined, now: Told | undefined): readonly EventDraft[] {
  if (now === undefined)
    return before === undefined
      ? []
      : [
          {
            type: 'Normal',
            reason: 'ContentionEnded',
            action: 'Observe',
            note: endText(before),
            once: `ended ${before.since}`,
          },
        ];
  if (before?.since === now.since && before.manager === now.manager) return [];
  const once = `${now.since} ${now.manager}`;
  return [{ type: 'Warning', reason: 'Contended', action: 'BackOff', note: contentionText(now), once }];
}

function reasonOf({ manager }: Pick<Told, 'manager'>): `PutBackBy${Contender}` {
  return `PutBackBy${contenderOf(manager)}`;
}

/** As in `argocd-controller (Argo CD)`. */
export function nameOf(manager = ''): string {
  const tool = TOOLS[contenderOf(manager)];
  if (manager === '') return 'somebody';
  return tool === undefined ? manager : `${manager} (${tool})`;
}

function contentionText({ manager, times, since }: Told): string {
  const often = times === 1 ? 'once' : `${times} times`;
  return `Put back by ${nameOf(manager)}, ${often} since the stop of ${since}; it is stopped again, but slower each time. ${adviceOn(contenderOf(manager))} See docs/gitops.md.`;
}

function endText({ manager, times }: Told): string {
  return `No longer put back by ${nameOf(manager)}, which had done so ${times === 1 ? 'once' : `${times} times`}.`;
}

const TOOLS: Readonly<Record<Contender, string | undefined>> = {
  ArgoCD: 'Argo CD',
  Flux: 'Flux',
  Helm: 'Helm',
  HPA: 'horizontal pod autoscaler',
  KEDA: 'KEDA',
  User: undefined,
  Other: undefined,
};

function adviceOn(contender: Contender): string {
  switch (contender) {
    case 'ArgoCD':
      return 'In the Application, exempt what kubexray-operator manages (ignoreDifferences, managedFieldsManagers) and set RespectIgnoreDifferences=true.';
    case 'Flux':
      return 'Let the operator tell Flux to leave stopped workloads (--pause-on-stop Flux), or keep the field out of what Flux applies.';
    case 'Helm':
      return 'Wait with the release until the image is fixed, or keep the field out of the chart.';
    case 'HPA':
      return 'An autoscaler leaves a workload at zero alone, unless it put it there before: take its minReplicas to what it was, or delete it until the image is fixed.';
    case 'KEDA':
      return 'Let the operator pause KEDA for stopped workloads (--pause-on-stop KEDA), or pause the ScaledObject yourself.';
    case 'User':
      return 'To let it run nevertheless, ask for an XrayException (kubexray waive).';
    case 'Other':
      return 'Find out what runs under this name, and have it leave the field alone.';
  }
}
