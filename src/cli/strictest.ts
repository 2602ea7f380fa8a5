// cli: of several actions the strictest, by the operator's own order of them. Pure.
import type { Action } from '../api/v1alpha1/types.js';
import { isStricter } from '../evaluate/violation.js';

/** `Ignore` where there is none. */
export function strictest(actions: readonly Action[]): Action {
  return actions.reduce<Action>((most, next) => (isStricter(next, most) ? next : most), 'Ignore');
}
