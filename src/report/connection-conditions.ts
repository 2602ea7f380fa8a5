// report: what is said of the connection to Xray: can it be reached, does it take the credentials, is it ready.
import type { Condition } from '@dot-kube/operator/conditions';

export type ConnectionFinding =
  | { readonly ok: true; readonly version: string }
  | { readonly ok: false; readonly reason: string; readonly message: string };

/** What came of reading a list that Xray keeps. */
export type ReadFinding =
  | { readonly kind: 'notAsked' }
  | { readonly kind: 'read' }
  | { readonly kind: 'failed'; readonly reason: string; readonly message: string };

/** How the receiver of web hooks fares. */
export type WebhookFinding =
  | { readonly kind: 'none' }
  | { readonly kind: 'receiving'; readonly isSecure: boolean }
  | { readonly kind: 'failed'; readonly reason: string; readonly message: string };

export interface ConnectionFindings {
  readonly connection: ConnectionFinding;
  readonly isCircuitClosed: boolean;
  readonly violations: ReadFinding;
  readonly ignoreRules: ReadFinding;
  readonly webhook: WebhookFinding;
  /** Undefined where Xray is told nothing. */
  readonly metadata: ReadFinding | undefined;
}

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
  'Refused',
  'ServerError',
  'TooLarge',
  'UnexpectedAnswer',
  'NotXray',
]);
const REFUSED = new Set(['CredentialsRefused', 'Forbidden', 'SecretNotFound', 'SecretInvalid']);

export function connectionConditions(
  { connection: finding, isCircuitClosed, violations, ignoreRules, webhook, metadata }: ConnectionFindings,
  before: readonly Condition[] | undefined,
): ConnectionReport {
  const conditions = [
    ...(finding.ok ? fine(finding.version) : trouble(finding.reason, finding.message)),
    circuit(finding, isCircuitClosed),
    violationsReadable(violations),
    ignoreRulesReadable(ignoreRules),
    ...webhookReady(webhook),
    ...metadataSent(metadata),
  ];
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

function circuit(finding: ConnectionFinding, isClosed: boolean): Said {
  const type = 'CircuitClosed';
  if (isClosed || finding.ok)
    return { type, status: 'True', reason: 'Closed', message: 'Requests go out as they are due.' };
  if (finding.reason.startsWith('Secret'))
    return { type, status: 'Unknown', reason: finding.reason, message: 'Nothing is asked.' };
  const message =
    'Xray does not answer. One request now and then looks whether it does again; the others are held back.';
  return { type, status: 'False', reason: 'Open', message };
}

// Not a part of Ready: the resync finds the same, only later.
function violationsReadable(finding: ReadFinding): Said {
  const type = 'ViolationsReadable';
  switch (finding.kind) {
    case 'notAsked':
      return {
        type,
        status: 'Unknown',
        reason: 'NotAskedYet',
        message: 'Xray is asked for violations at the next poll.',
      };
    case 'read':
      return { type, status: 'True', reason: 'Read', message: 'New violations are seen at each poll.' };
    case 'failed':
      return { type, status: 'False', reason: finding.reason, message: finding.message };
  }
}

// Not a part of Ready either: without it what somebody excused in Xray is found all the same.
function ignoreRulesReadable(finding: ReadFinding): Said {
  const type = 'IgnoreRulesReadable';
  switch (finding.kind) {
    case 'notAsked':
      return { type, status: 'Unknown', reason: 'NotAskedYet', message: 'Xray is being asked for its ignore rules.' };
    case 'read':
      return { type, status: 'True', reason: 'Read', message: "Xray's ignore rules are respected." };
    case 'failed':
      return { type, status: 'False', reason: finding.reason, message: finding.message };
  }
}

function webhookReady(finding: WebhookFinding): readonly Said[] {
  const type = 'WebhookReady';
  switch (finding.kind) {
    case 'none':
      return [];
    case 'receiving': {
      const how = finding.isSecure ? 'by HTTPS' : 'by plain HTTP; something in front must end TLS';
      return [{ type, status: 'True', reason: 'Receiving', message: `Web hooks are received ${how}.` }];
    }
    case 'failed':
      return [{ type, status: 'False', reason: finding.reason, message: finding.message }];
  }
}

// Nor is this: nothing depends on what Xray is told.
function metadataSent(finding: ReadFinding | undefined): readonly Said[] {
  const type = 'MetadataSent';
  switch (finding?.kind) {
    case undefined:
      return [];
    case 'notAsked':
      return [{ type, status: 'Unknown', reason: 'NothingToTell', message: 'There was nothing to tell Xray yet.' }];
    case 'read':
      return [{ type, status: 'True', reason: 'Sent', message: 'Xray is told which images run where.' }];
    case 'failed':
      return [{ type, status: 'False', reason: finding.reason, message: finding.message }];
  }
}
