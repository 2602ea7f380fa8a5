// leader: the record in the Lease, and what follows from it. Pure: time comes in as a value of the own clock.
import { microTime } from '../time/micro-time.js';

/** The spec of a coordination.k8s.io/v1 Lease, as client-go writes it. */
export interface LeaseSpec {
  readonly holderIdentity?: string;
  readonly leaseDurationSeconds?: number;
  /** MicroTime: exactly six digits of a second. */
  readonly acquireTime?: string;
  readonly renewTime?: string;
  readonly leaseTransitions?: number;
}

export interface Lease {
  readonly metadata: object;
  readonly spec?: LeaseSpec;
}

/** A record and when, by our own clock, it was first seen as it is. Its own times are those of another clock. */
export interface Observed {
  readonly lease: Lease;
  readonly atMs: number;
}

/** Another clock's skew does no harm: only that the record changed counts, and when we saw it (client-go's rule). */
export function observe(before: Observed | undefined, lease: Lease, nowMs: number): Observed {
  return { lease, atMs: before !== undefined && isSameRecord(before.lease, lease) ? before.atMs : nowMs };
}

/** How long somebody else still holds it; 0 where it may be taken. */
export function heldForMs({ lease: { spec = {} }, atMs }: Observed, identity: string, nowMs: number): number {
  const { holderIdentity = '', leaseDurationSeconds = 0 } = spec;
  if (holderIdentity === '' || holderIdentity === identity) return 0;
  return Math.max(0, atMs + leaseDurationSeconds * 1_000 - nowMs);
}

export interface Claim {
  readonly identity: string;
  readonly leaseMs: number;
  readonly now: Date;
}

/** The record by which `identity` holds the lease. */
export function heldBy(before: LeaseSpec | undefined, { identity, leaseMs, now }: Claim): LeaseSpec {
  const isRenewal = before?.holderIdentity === identity;
  const transitions = before?.leaseTransitions ?? 0;
  return {
    holderIdentity: identity,
    leaseDurationSeconds: Math.ceil(leaseMs / 1_000), // others wait for no less than we hold it
    acquireTime: (isRenewal ? before.acquireTime : undefined) ?? microTime(now),
    renewTime: microTime(now),
    leaseTransitions: before === undefined || isRenewal ? transitions : transitions + 1,
  };
}

/** Given back: whoever looks next may take it at once. */
export function givenBack({ leaseTransitions = 0 }: LeaseSpec, now: Date): LeaseSpec {
  return {
    holderIdentity: '',
    leaseDurationSeconds: 1,
    acquireTime: microTime(now),
    renewTime: microTime(now),
    leaseTransitions,
  };
}

function isSameRecord({ spec: a = {} }: Lease, { spec: b = {} }: Lease): boolean {
  return (
    a.holderIdentity === b.holderIdentity &&
    a.leaseDurationSeconds === b.leaseDurationSeconds &&
    a.acquireTime === b.acquireTime &&
    a.renewTime === b.renewTime &&
    a.leaseTransitions === b.leaseTransitions
  );
}
