// observe: the signs that a stop leaves on a workload; observe reads them, plan says what is in the note, enforce writes them.

/** The annotation that holds the note. */
export const NOTE_ANNOTATION = 'kubexray.io/stopped';

/** The label that the node selector of a stopped DaemonSet asks for, and that no node has. */
export const NO_NODE_LABEL = 'kubexray.io/stopped';
