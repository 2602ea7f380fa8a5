// observe: the annotation that a stop leaves on a workload; observe reads it, plan says what is in it, enforce writes it.

export const NOTE_ANNOTATION = 'kubexray.io/stopped';
