// report: what is said of the connection to Xray: can it be reached, does it take the credentials, is it ready.
import type { Condition } from '@dot-kube/operator/conditions';

export type ConnectionFinding =
  | { readonly ok: true; readonly version: string }
  | { readonly ok: false; readonly reason: string; readonly message: string };

type Said = Omit<Condition, 'lastTransitionTime' | 'observedGeneration'>;

export interface ConnectionReport {
  readonly conditions: readonly Said[];
  /** Only when readiness or its reason has changed. */
  readonly event?: {
    readonly type: 'Normal' | 'Warning';
    readonly reason: string;
    readonly action: string;
    readonly note: string;
  };
}

// It answered, and said no.
const REACHED = new Set([
  'CredentialsRefused',
  'Forbidden',
  'RateLimited',
  'ServerError',
  'UnexpectedAnswer',
  'NotXray',
]);
const REFUSED = new Set(['CredentialsRefused', 'Forbidden', 'SecretNotFound', 'SecretInvalid']);

export function connectionConditions(
  finding: ConnectionFinding,
  before: readonly Condition[] | undefined,
): ConnectionReport {
  const conditions = finding.ok ? fine(finding.version) : trouble(finding.reason, finding.message);
  const ready = conditions.find(({ type }) => type === 'Ready');
  const was = before?.find(({ type }) => type === 'Ready');
  if (ready === undefined || (was?.status === ready.status && was.reason === ready.reason)) return { conditions };
  if (finding.ok && was === undefined) return { conditions };
  const type = finding.ok ? 'Normal' : 'Warning';
  return { conditions, event: { type, reason: ready.reason, action: 'Connect', note: ready.message } };
}

function fine(version: string): readonly Said[] {
  return [
    { type: 'Reachable', status: 'True', reason: 'Answered', message: `Xray ${version} answers.` },
    { type: 'Authenticated', status: 'True', reason: 'CredentialsAccepted', message: 'Xray takes the credentials.' },
    { type: 'Ready', status: 'True', reason: 'Ready', message: `Images are judged by what Xray ${version} knows.` },
  ];
}

function trouble(reason: string, message: string): readonly Said[] {
  const reached = REACHED.has(reason) ? 'True' : reason.startsWith('Secret') ? 'Unknown' : 'False';
  const refused = REFUSED.has(reason) ? 'False' : 'Unknown';
  return [
    { type: 'Reachable', status: reached, reason: reached === 'True' ? 'Answered' : reason, message },
    { type: 'Authenticated', status: refused, reason, message },
    { type: 'Ready', status: 'False', reason, message },
  ];
}
