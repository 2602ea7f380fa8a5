// api: columns of `kubectl get` that several custom resources share, each under one name.
import { PrinterColumn } from '@dot-kube/operator/crd';

type Column = ReturnType<typeof PrinterColumn>;

const ofReady = (field: 'status' | 'reason' | 'message'): string => `.status.conditions[?(@.type=="Ready")].${field}`;

/** @param description when it is True, as in "True while the policy is in force." */
export function ReadyColumn(description: string): Column {
  return PrinterColumn({ name: 'Ready', type: 'string', jsonPath: ofReady('status'), description });
}

export function ReasonColumn(): Column {
  const description = 'Why it is ready or not, in one word.';
  return PrinterColumn({ name: 'Reason', type: 'string', jsonPath: ofReady('reason'), description });
}

/** Shown by `kubectl get -o wide`. */
export function MessageColumn(): Column {
  const description = 'Why it is ready or not, in a sentence.';
  return PrinterColumn({ name: 'Message', type: 'string', jsonPath: ofReady('message'), description, priority: 1 });
}

/** @param what as in "the policy" */
export function AgeColumn(what: string): Column {
  const description = `How long ago ${what} was created.`;
  return PrinterColumn({ name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp', description });
}

export function ModeColumn(): Column {
  return PrinterColumn({ name: 'Mode', type: 'string', jsonPath: '.spec.mode', description: 'Enforce or Audit.' });
}

const COUNTED = {
  Workloads: { field: 'selected', description: 'Workloads on which a rule of the policy holds.' },
  Violating: { field: 'violating', description: 'Those that break a rule of the policy.' },
  Stopped: { field: 'stopped', description: 'Those that are stopped or deleted because of it.', priority: 1 },
  Held: { field: 'held', description: 'Those that should be stopped and are held back.', priority: 1 },
  Waived: { field: 'waived', description: 'Those with a violation that an exception waives.', priority: 1 },
} as const;

/** How many workloads a policy has to do with, in one of the ways that its status counts. */
export function WorkloadsColumn(name: keyof typeof COUNTED): Column {
  const { field, ...column } = COUNTED[name];
  return PrinterColumn({ name, type: 'integer', jsonPath: `.status.workloads.${field}`, ...column });
}

/** Shown by `kubectl get -o wide`. */
export function EvaluatedColumn(): Column {
  const description = 'How long ago a workload was last judged by it.';
  return PrinterColumn({
    name: 'Evaluated',
    type: 'date',
    jsonPath: '.status.lastEvaluated',
    description,
    priority: 1,
  });
}
