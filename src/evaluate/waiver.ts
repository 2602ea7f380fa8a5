// evaluate: whether an exception waives a violation: it names it, has not expired, and the policy lets it.
import type { Exception } from './exception.js';
import type { Policy } from './policy.js';

export interface Waiver {
  /** `namespace/name` of the exception. */
  readonly exception: string;
  /** At this time it no longer holds. */
  readonly until: Date;
  readonly reason: string;
}

export interface RefusedWaiver {
  readonly exception: string;
  readonly because: 'ExceptionsForbidden' | 'LongerThanAllowed';
  readonly message: string;
}

export interface Waivers {
  /** Of several, the one that holds longest. */
  readonly waiver?: Waiver;
  /** The names of all that waive it. */
  readonly waivedBy: readonly string[];
  readonly refused: readonly RefusedWaiver[];
}

export function isActive({ expiresAt }: Pick<Exception, 'expiresAt'>, now: Date): boolean {
  return now.getTime() < expiresAt.getTime();
}

/** @param naming the exceptions that hold for the workload and image, name the breach, and have not expired */
export function waiversOf(naming: readonly Exception[], policy: Policy): Waivers {
  const refused = naming.flatMap((exception) => refusal(exception, policy) ?? []).sort(byName);
  const refusing = new Set(refused.map(({ exception }) => exception));
  const waivers = naming
    .filter(({ name }) => !refusing.has(name))
    .map(({ name, expiresAt, reason }): Waiver => ({ exception: name, until: expiresAt, reason }))
    .sort((a, b) => b.until.getTime() - a.until.getTime() || byName(a, b));
  const [longest] = waivers;
  return {
    ...(longest === undefined ? {} : { waiver: longest }),
    waivedBy: waivers.map(({ exception }) => exception).sort(),
    refused,
  };
}

function refusal({ name, createdAt, expiresAt }: Exception, policy: Policy): RefusedWaiver | undefined {
  const { allowed } = policy.exceptions;
  if (!allowed) {
    const message = `${policy.kind} ${policy.name} forbids exceptions.`;
    return { exception: name, because: 'ExceptionsForbidden', message };
  }
  const { maxMs } = policy.exceptions;
  if (maxMs === undefined || expiresAt.getTime() - createdAt.getTime() <= maxMs) return undefined;
  const latest = new Date(createdAt.getTime() + maxMs).toISOString();
  const message = `${policy.kind} ${policy.name} allows exceptions until ${latest} at most, counted from their creation.`;
  return { exception: name, because: 'LongerThanAllowed', message };
}

function byName(a: { readonly exception: string }, b: { readonly exception: string }): number {
  return a.exception < b.exception ? -1 : a.exception > b.exception ? 1 : 0;
}
