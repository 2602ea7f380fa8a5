// webhook: one request: which hook it is for, how long it may take, and what goes back whatever happens.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Logger } from '../telemetry/logger.js';
import type { Clock } from '../time/clock.js';
import { aborted } from '../time/within.js';
import { bodyOf, isPacked, type Listener } from './bounded-server.js';
import { durationMs } from './go-duration.js';
import type { Handling, Hook } from './hook.js';
import { NotAReview } from './review.js';
import { failure } from './status.js';
import type { WebhookObserver } from './webhook-metrics.js';

export interface Served {
  readonly hook: Hook;
  readonly observer: WebhookObserver;
}

export interface ListenerPorts {
  readonly clock: Clock;
  readonly log: Logger;
  /** Aborts when those who have asked are to be waited for no longer. */
  readonly stopping: AbortSignal;
}

const MAX_BODY = 7 * 1_024 * 1_024; // the API server takes 3 MiB of one object; a review has two
const LONGEST_MS = 30_000; // that a configuration may let the API server wait

interface Answer {
  readonly status: number;
  readonly body: object;
}

/** @param hooks by path */
export function listenerFor(hooks: ReadonlyMap<string, Served>, { clock, log, stopping }: ListenerPorts): Listener {
  return async (request, response) => {
    const [path = '', query = ''] = (request.url ?? '').split('?', 2);
    const served = hooks.get(path);
    if (served === undefined) {
      send(response, refused(404, `there is no web hook at this path; there are ${[...hooks.keys()].join(', ')}`));
      return;
    }
    const startedMs = clock.monotonicMs();
    const ended = served.observer.began();
    const over = new AbortController();
    response.once('close', () => {
      over.abort(new Error('the request is over'));
    });
    const timer = clock.timer(timeoutIn(query), () => {
      over.abort(new Error('the API server waits no longer'));
    });
    const signal = AbortSignal.any([over.signal, stopping]);
    const answer = await answerOf(served, request, { log: log.child({ webhook: path }), signal });
    timer.cancel();
    ended(answer.status, (clock.monotonicMs() - startedMs) / 1_000);
    send(response, answer);
  };
}

/** In time, whatever the handler does; never rejects. */
async function answerOf(
  { hook, observer }: Served,
  request: IncomingMessage,
  { log, signal }: Handling,
): Promise<Answer> {
  const told = aborted(signal);
  try {
    const given = jsonOf(request).then(async (json) => hook.answer(json, { signal, log }, observer));
    const body = await Promise.race([given, told.promise]);
    return body === undefined ? refused(504, 'the web hook did not answer in time') : { status: 200, body };
  } catch (error) {
    if (error instanceof NotAReview) return refused(error.status, error.message);
    if (!signal.aborted) log.error('a web hook failed', { error });
    return refused(500, 'the web hook failed; its log tells more');
  } finally {
    told.forget();
  }
}

/** @throws NotAReview */
async function jsonOf(request: IncomingMessage): Promise<unknown> {
  if (request.method !== 'POST') throw new NotAReview(405, 'a web hook takes POST');
  const [type = ''] = (request.headers['content-type'] ?? '').split(';', 1);
  if (type.trim().toLowerCase() !== 'application/json' || isPacked(request))
    throw new NotAReview(415, 'a web hook takes application/json, not packed');
  const text = await bodyOf(request, MAX_BODY).catch((cause: unknown) => {
    throw new NotAReview(400, 'the body ended before its end', { cause });
  });
  if (text === undefined) throw new NotAReview(413, `a web hook takes up to ${MAX_BODY} bytes`);
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new NotAReview(400, 'the body is no JSON', { cause });
  }
}

function timeoutIn(query: string): number {
  const asked = durationMs(new URLSearchParams(query).get('timeout') ?? '') ?? 0;
  return asked > 0 ? Math.min(asked, LONGEST_MS) : LONGEST_MS;
}

function refused(status: number, message: string): Answer {
  return { status, body: failure(status, message) };
}

function send(response: ServerResponse, { status, body }: Answer): void {
  if (response.destroyed) return; // nobody is there any more
  // What is left of a refused body is not waited for.
  if (status !== 200) response.setHeader('connection', 'close');
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}
