// observe: the annotation by which a replica that does not lead passes on what a web hook hints at.

export const HINT_ANNOTATION = 'kubexray.io/look-again';
