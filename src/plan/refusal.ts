// plan: why a workload is not stopped though a policy asks for it.
import type { ObservedTarget } from '../observe/observed.js';

export type Refusal = 'ProtectedNamespace' | 'WouldDeleteClaims' | 'CannotBeScaledDown' | 'StaticPod';

export interface Refused {
  readonly kind: 'refused';
  readonly reason: Refusal;
  readonly message: string;
}

type Stop = 'ScaleDown' | 'Delete';

/** @returns undefined where nothing stands against it */
export function refusal(
  target: ObservedTarget,
  protectedNamespaces: ReadonlySet<string>,
  action: Stop,
): Refused | undefined {
  return protection(target, protectedNamespaces) ?? impossibility(target, action) ?? lossOfClaims(target, action);
}

function protection({ namespace }: ObservedTarget, protectedNamespaces: ReadonlySet<string>): Refused | undefined {
  if (!protectedNamespaces.has(namespace)) return undefined;
  return refused(
    'ProtectedNamespace',
    `Namespace ${namespace} is protected: its workloads are reported, never stopped.`,
  );
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
    `StatefulSet ${name} has persistentVolumeClaimRetentionPolicy.${field}: Delete, so stopping it would delete its volumes. Set it to Retain to let it be stopped.`,
  );
}

function refused(reason: Refusal, message: string): Refused {
  return { kind: 'refused', reason, message };
}
