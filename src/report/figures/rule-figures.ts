// report: what the statuses of policies, exceptions and the connection say, as figures for /metrics. Pure; read when somebody scrapes.
import type { Sample } from '@dot-kube/operator';
import type { Condition } from '@dot-kube/operator/conditions';
import type { XrayConnection, XrayException } from '../../api/v1alpha1/types.js';
import { MODES, type Mode, POLICY_KINDS, type PolicyKind } from '../../api/v1alpha1/vocabulary.js';

interface Conditioned {
  readonly conditions?: readonly Condition[];
}

export interface CountedPolicy {
  readonly kind: PolicyKind;
  readonly mode: Mode | undefined;
  readonly status: Conditioned | undefined;
}

const READY = ['True', 'False', 'Unknown'] as const;

export function policyFigures(policies: readonly CountedPolicy[]): readonly Sample<'kind' | 'mode' | 'ready'>[] {
  return POLICY_KINDS.flatMap((kind) =>
    MODES.flatMap((mode) =>
      READY.map((ready): Sample<'kind' | 'mode' | 'ready'> => {
        const counted = policies.filter(
          (policy) => policy.kind === kind && (policy.mode ?? 'Audit') === mode && readyOf(policy.status) === ready,
        );
        return [{ kind, mode, ready }, counted.length];
      }),
    ),
  );
}

function readyOf(status: Conditioned | undefined): (typeof READY)[number] {
  const said = status?.conditions?.find(({ type }) => type === 'Ready')?.status;
  return READY.find((ready) => ready === said) ?? 'Unknown'; // not looked at yet
}

const DAY_MS = 24 * 3_600_000;
const SOON = { '1d': DAY_MS, '7d': 7 * DAY_MS, '30d': 30 * DAY_MS } as const;

export interface ExceptionFigures {
  readonly exceptions: readonly Sample<'state'>[];
  /** Each within also counts in the longer ones. */
  readonly ending: readonly Sample<'within'>[];
}

export function exceptionFigures(exceptions: readonly Pick<XrayException, 'spec'>[], now: Date): ExceptionFigures {
  const leftMs = exceptions.map(({ spec }) => Date.parse(spec.expiresAt) - now.getTime());
  const active = leftMs.filter((ms) => ms > 0);
  return {
    exceptions: [
      [{ state: 'Active' }, active.length],
      [{ state: 'Expired' }, leftMs.length - active.length],
    ],
    ending: Object.entries(SOON).map(([within, ms]) => [{ within }, active.filter((left) => left <= ms).length]),
  };
}

export interface ConnectionFigures {
  readonly ready: number;
  /** Unix time in seconds; undefined before the first. */
  readonly lastPoll: number | undefined;
}

export function connectionFigures(connection: Pick<XrayConnection, 'status'> | undefined): ConnectionFigures {
  const lastPollMs = Date.parse(connection?.status?.lastSuccessfulPoll ?? '');
  return {
    ready: Number(readyOf(connection?.status) === 'True'),
    lastPoll: Number.isNaN(lastPollMs) ? undefined : lastPollMs / 1_000,
  };
}
