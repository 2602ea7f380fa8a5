// cli: an act in a result's history, for people: what was done, and who asked for it.
import type { ActAsker, HistoryLine } from '../api/v1alpha1/types.js';

/** As in `Stopped for policy shop/base. Asked for by XrayPolicy shop/base (generation 4, approved).` */
export function actText({ outcome, message, askedBy = [], undoneBy }: HistoryLine): string {
  return [
    outcome === 'Requested' ? `${message} Not known to be done.` : message,
    ...(askedBy.length === 0 ? [] : [`Asked for by ${askedBy.map(askerText).join(', ')}.`]),
    ...(undoneBy === undefined ? [] : [`Undone by ${undoneBy}.`]),
  ].join(' ');
}

function askerText({ policyKind, policy, generation, approved }: ActAsker): string {
  return `${policyKind} ${policy} (generation ${generation}${approved === true ? ', approved' : ''})`;
}
