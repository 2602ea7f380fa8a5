// plan: why a workload is not stopped though a policy asks for it.
import type { ObservedTarget } from '../observe/observed.js';
import { protectionOf, type Surroundings } from './surroundings.js';

export const REFUSALS = [
  'ProtectedNamespace',
  'ProtectedByLabel',
  'WouldDeleteClaims',
  'CannotBeScaledDown',
  'StaticPod',
  'NotPermitted',
] as const;
export type Refusal = (typeof REFUSALS)[number];

export interface Refused {
  readonly kind: 'refused';
  readonly reason: Refusal;
  readonly message: string;
}

type Stop = 'ScaleDown' | 'Delete';

export interface StopAsked {
  readonly action: Stop;
  /** A policy that asks for this action says that volumes may go with it. */
  readonly allowsDataLoss: boolean;
}

/** @returns undefined where nothing stands against it */
export function refusal(target: ObservedTarget, surroundings: Surroundings, asked: StopAsked): Refused | undefined {
  return (
    protection(target, surroundings) ??
    impossibility(target, asked.action) ??
    (asked.allowsDataLoss ? undefined : lossOfClaims(target, asked.action))
  );
}

function protection(target: ObservedTarget, surroundings: Surroundings): Refused | undefined {
  const message = protectionOf(target, surroundings);
  if (message === undefined) return undefined;
  const isByName = surroundings.protectedNamespaces.has(target.namespace);
  return refused(isByName ? 'ProtectedNamespace' : 'ProtectedByLabel', message);
}

function impossibility({ stop, coordinates: { kind }, name }: ObservedTarget, action: Stop): Refused | undefined {
  if (stop.by === 'nothing')
    return refused(
      'StaticPod',
      `${kind} ${name} is a static pod: only taking its file away from the node ends it, which the operator can't.`,
    );
  if (stop.by !== 'deleteOnly' || action === 'Delete') return undefined;
  const key = kind === 'Pod' ? 'pods' : 'default';
  return refused(
    'CannotBeScaledDown',
    `${kind} ${name} can't be stopped and kept: it has no replicas to take away. It is deleted where the policy's actions say ${key}: Delete.`,
  );
}

function lossOfClaims(target: ObservedTarget, action: Stop): Refused | undefined {
  const { name, claimsDeletedWhenScaled, claimsDeletedWhenDeleted } = target;
  const losesClaims = action === 'Delete' ? claimsDeletedWhenDeleted : claimsDeletedWhenScaled;
  if (!losesClaims) return undefined;
  const field = action === 'Delete' ? 'whenDeleted' : 'whenScaled';
  return refused(
    'WouldDeleteClaims',
    `StatefulSet ${name} has persistentVolumeClaimRetentionPolicy.${field}: Delete, so stopping it would delete its volumes. Set it to Retain to let it be stopped, or allowDataLoss in the policy's actions.`,
  );
}

export function refused(reason: Refusal, message: string): Refused {
  return { kind: 'refused', reason, message };
}
