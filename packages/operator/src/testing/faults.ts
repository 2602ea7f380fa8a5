// testing: what can go wrong between a client and the API server, done to one answer.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { isProtobuf, PROTOBUF } from '../protobuf/envelope.js';
import { enveloped, eventFrame, statusMessage, type StatusParts } from './protobuf-writer.js';

export type Fault =
  /** The API server is not asked; the client gets this. */
  | {
      readonly kind: 'answer';
      readonly status: number;
      readonly headers?: Readonly<Record<string, string>>;
      readonly body?: string;
    }
  /** The same with a metav1.Status, in JSON or protobuf as the client asked for; `inTheStream` as the event that ends a watch. */
  | {
      readonly kind: 'refusal';
      readonly status: number;
      readonly reason: string;
      readonly headers?: Readonly<Record<string, string>>;
      readonly inTheStream?: true;
    }
  /** The connection breaks before anything is answered. */
  | { readonly kind: 'unreachable' }
  /** The connection breaks after so many bytes of the body: in the middle of a line, as it comes. */
  | { readonly kind: 'cut'; readonly afterBytes: number }
  /** Once `from` resolves nothing comes any more, and the connection stays open. */
  | { readonly kind: 'silence'; readonly from: Promise<unknown> }
  /** The body ends as if it were complete, after so long. */
  | { readonly kind: 'end'; readonly afterMs: number };

/** As the API server refuses: `refusal(410, 'Expired')`. */
export function refusal(status: number, reason: string, headers: Readonly<Record<string, string>> = {}): Fault {
  return { kind: 'refusal', status, reason, headers };
}

/** As a watch is told that the history it asked for is gone, in the stream itself. */
export function goneInTheStream(): Fault {
  return { kind: 'refusal', status: 410, reason: 'Expired', inTheStream: true };
}

type Answer = Extract<Fault, { kind: 'answer' | 'refusal' }>;

/** Whether the API server is not asked. */
export function isAnswer(fault: Fault | undefined): fault is Answer {
  return fault?.kind === 'answer' || fault?.kind === 'refusal';
}

/** Answers in place of the API server. @param accept the request's header */
export function answerWith(response: ServerResponse, fault: Answer, accept: string | undefined): void {
  if (fault.kind === 'answer') {
    response.writeHead(fault.status, fault.headers).end(fault.body);
    return;
  }
  const { status: code, reason, headers, inTheStream = false } = fault;
  const told = { code, reason, message: reason };
  const wantsProtobuf = isProtobuf(accept);
  const body = wantsProtobuf ? protobufOf(told, inTheStream) : jsonOf(told, inTheStream);
  const contentType = wantsProtobuf ? PROTOBUF : 'application/json';
  response.writeHead(inTheStream ? 200 : code, { 'content-type': contentType, ...headers }).end(body);
}

function protobufOf(told: StatusParts, inTheStream: boolean): Buffer {
  const status = statusMessage(told);
  return inTheStream ? eventFrame('ERROR', status) : enveloped(status);
}

function jsonOf(told: StatusParts, inTheStream: boolean): string {
  const status = { kind: 'Status', apiVersion: 'v1', status: 'Failure', ...told };
  return inTheStream ? `${JSON.stringify({ type: 'ERROR', object: status })}\n` : JSON.stringify(status);
}

/** Passes the body on, with the fault in it. */
export function passOn(answer: IncomingMessage, response: ServerResponse, fault: Fault | undefined): void {
  switch (fault?.kind) {
    case 'cut':
      passBytes(answer, response, fault.afterBytes);
      break;
    case 'silence':
      answer.pipe(response);
      void fault.from.then(() => answer.unpipe(response));
      break;
    case 'end': {
      const timer = setTimeout(() => {
        answer.unpipe(response);
        response.end();
      }, fault.afterMs);
      response.once('close', () => {
        clearTimeout(timer);
      });
      answer.pipe(response);
      break;
    }
    case 'answer':
    case 'refusal':
    case 'unreachable':
    case undefined:
      answer.pipe(response);
  }
}

function passBytes(answer: IncomingMessage, response: ServerResponse, bytes: number): void {
  let left = bytes;
  answer.on('data', (chunk: Buffer) => {
    if (left <= 0) return;
    const part = chunk.subarray(0, left);
    left -= part.length;
    response.write(part, () => {
      if (left <= 0) response.destroy();
    });
  });
  answer.once('end', () => {
    if (left > 0) response.end();
  });
}
