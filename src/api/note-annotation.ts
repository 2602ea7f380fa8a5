// api: the signs that a stop leaves on a workload; observe reads them, plan says what is in the note, enforce writes them.

/** The annotation that holds the note. */
export const NOTE_ANNOTATION = 'kubexray.io/stopped';

/** The annotation that holds the note of a rollback. */
export const ROLLED_BACK_ANNOTATION = 'kubexray.io/rolled-back';

/** With the value `disabled` kustomize-controller leaves the object alone (fluxcd/kustomize-controller #484). */
export const FLUX_RECONCILE = 'kustomize.toolkit.fluxcd.io/reconcile';

/** The label that the node selector of a stopped DaemonSet asks for, and that no node has. */
export const NO_NODE_LABEL = 'kubexray.io/stopped';
