// plan: what of a workload's surroundings has a say in stopping it: what protects it, and which budgets a stop would exceed.
import type { ObservedBudget, ObservedTarget } from '../observe/observed.js';
import { selection } from '../evaluate/selector.js';

/** On a namespace or a workload; honoured only where the operator is told so, for else whoever may set a label escapes. */
export const PROTECTED_LABEL = 'kubexray.io/protected';

export interface Surroundings {
  readonly protectedNamespaces: Pick<ReadonlySet<string>, 'has'>;
  /** The labels of the workload's namespace, where labels may protect; absent where they may not. */
  readonly namespaceLabels?: Readonly<Record<string, string>>;
  /** Of the workload's namespace. */
  readonly budgets: readonly ObservedBudget[];
}

/** @returns why the workload is never acted on, undefined where it may be */
export function protectionOf(
  { namespace, labels, coordinates: { kind }, name }: ObservedTarget,
  { protectedNamespaces, namespaceLabels }: Surroundings,
): string | undefined {
  if (protectedNamespaces.has(namespace))
    return `Namespace ${namespace} is protected: its workloads are reported, never stopped.`;
  if (namespaceLabels?.[PROTECTED_LABEL] === 'true')
    return `Namespace ${namespace} has the label ${PROTECTED_LABEL}: its workloads are reported, never stopped.`;
  if (namespaceLabels !== undefined && labels[PROTECTED_LABEL] === 'true')
    return `${kind} ${name} has the label ${PROTECTED_LABEL}: it is reported, never stopped.`;
  return undefined;
}

const MAX_BUDGETS_NOTED = 10;

/**
 * The names of the PodDisruptionBudgets that allow fewer disruptions than the workload has pods. They are told of, and
 * stop nothing: a budget keeps a service up through maintenance, it is no licence to run a bad image.
 *
 * @param pods how many it runs
 */
export function exceededBudgets(
  labels: Readonly<Record<string, string>>,
  pods: number,
  { budgets }: Surroundings,
): readonly string[] {
  return budgets
    .filter(({ selector }) => selector !== undefined && selection(selector).selects(labels))
    .filter(({ disruptionsAllowed }) => pods > disruptionsAllowed)
    .map(({ name }) => name)
    .sort()
    .slice(0, MAX_BUDGETS_NOTED);
}
