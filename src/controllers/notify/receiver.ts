// controllers: one who is told by a policy: reads its Secret, checks where it points to, and sends one message. What is in the Secret
// goes nowhere but to that host.
import { isApiError, type KubeClient, type ObjectKey } from '@dot-kube/operator';
import { type Dispatcher, request } from 'undici';
import type { AllowedHosts } from '../../report/notify/notification-hosts.js';
import type { Notification } from '../../report/notify/notification.js';
import { signatureHeaders } from '../../report/notify/webhook-signature.js';
import { retryAfterMs } from '../../shape/retry-after.js';
import { readSecret, type SecretData, textIn } from '../connection/secret.js';

export interface ReceiverPorts {
  readonly client: Pick<KubeClient, 'get'>;
  readonly isAllowed: AllowedHosts;
  readonly dispatcher: Dispatcher;
  readonly timeoutMs: number;
  readonly now: () => Date;
}

/** A part of the API: they stand in the condition Notified. */
export type NotSentReason =
  'SecretNotFound' | 'SecretNotReadable' | 'UrlMissing' | 'HostNotAllowed' | 'NotReached' | 'Refused';

/** Why a message did not arrive, in words that hold nothing of the Secret and nothing of the answer. */
export class NotSent extends Error {
  override readonly name = 'NotSent';
  readonly reason: NotSentReason;
  readonly retryAfterMs: number;

  constructor(
    reason: NotSentReason,
    message: string,
    { retryAfterMs = 0, cause }: { retryAfterMs?: number; cause?: unknown } = {},
  ) {
    super(message, { cause });
    this.reason = reason;
    this.retryAfterMs = retryAfterMs;
  }
}

export interface Address {
  readonly url: URL;
  /** Absent: messages are not signed. */
  readonly signingKey?: string;
}

/** @throws NotSent with what to do */
export async function addressIn(
  { namespace, name }: ObjectKey,
  { client, isAllowed }: ReceiverPorts,
  signal: AbortSignal,
): Promise<Address> {
  const data = await secretOf({ namespace, name }, client, signal);
  const [url, signingKey] = [textIn(data, 'url').trim(), textIn(data, 'signingKey').trim()];
  const parsed = URL.parse(url);
  if (parsed === null) throw new NotSent('UrlMissing', `Secret ${namespace}/${name} has no URL under the key url.`);
  if (!isAllowed(parsed))
    throw new NotSent(
      'HostNotAllowed',
      `The host in Secret ${namespace}/${name} is none of those that the operator may send to; ask the platform to add it to --notification-hosts.`,
    );
  return signingKey === '' ? { url: parsed } : { url: parsed, signingKey };
}

async function secretOf(
  { namespace, name }: ObjectKey,
  client: ReceiverPorts['client'],
  signal: AbortSignal,
): Promise<SecretData> {
  try {
    return await readSecret({ namespace, name }, client, signal);
  } catch (cause) {
    if (isApiError(cause, 'NotFound'))
      throw new NotSent('SecretNotFound', `There is no Secret ${namespace}/${name}; create it.`, { cause });
    if (isApiError(cause, 'Forbidden'))
      throw new NotSent(
        'SecretNotReadable',
        `The operator may not read Secret ${namespace}/${name}; give it a Role for that one Secret (docs/notifications.md).`,
        { cause },
      );
    throw new NotSent('SecretNotReadable', `Secret ${namespace}/${name} could not be read; it is tried again.`, {
      cause,
    });
  }
}

const LONGEST_RETRY_AFTER_MS = 600_000;

/** Resolves once the receiver has taken it. @throws NotSent */
export async function send(
  { id, contentType, body }: Notification,
  { url, signingKey }: Address,
  { dispatcher, timeoutMs, now }: ReceiverPorts,
  signal: AbortSignal,
): Promise<void> {
  const signed = signingKey === undefined ? {} : signatureHeaders(id, body, signingKey, now());
  const headers = { 'content-type': contentType, ...signed };
  const within = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
  const answer = await answerTo(url, { method: 'POST', headers, body, dispatcher, signal: within });
  if (answer.status >= 200 && answer.status < 300) return;
  const askedForMs = retryAfterMs(answer.retryAfter, now()) ?? 0;
  // Redirects are not followed: they would lead around the list of hosts.
  throw new NotSent('Refused', `The receiver answered ${answer.status}; it is tried again, ever more slowly.`, {
    retryAfterMs: Math.min(askedForMs, LONGEST_RETRY_AFTER_MS),
  });
}

interface Answered {
  readonly status: number;
  readonly retryAfter: string | undefined;
}

async function answerTo(url: URL, options: Parameters<typeof request>[1]): Promise<Answered> {
  try {
    const { statusCode, headers, body } = await request(url, options);
    // The status is the answer: a message that was taken is not sent again because the text after it hangs.
    await body.dump().catch(() => undefined);
    const retryAfter = headers['retry-after'];
    return { status: statusCode, retryAfter: typeof retryAfter === 'string' ? retryAfter : retryAfter?.[0] };
  } catch {
    // What undici says may name the URL, and that is a secret.
    throw new NotSent('NotReached', 'The receiver could not be reached, or did not answer in time; it is tried again.');
  }
}
