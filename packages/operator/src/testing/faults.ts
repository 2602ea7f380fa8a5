// testing: what can go wrong between a client and the API server, done to one answer.
import type { IncomingMessage, ServerResponse } from 'node:http';

export type Fault =
  /** The API server is not asked; the client gets this. */
  | {
      readonly kind: 'answer';
      readonly status: number;
      readonly headers?: Readonly<Record<string, string>>;
      readonly body?: string;
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
  const body = JSON.stringify({
    kind: 'Status',
    apiVersion: 'v1',
    status: 'Failure',
    code: status,
    reason,
    message: reason,
  });
  return { kind: 'answer', status, headers: { 'content-type': 'application/json', ...headers }, body };
}

/** As a watch is told that the history it asked for is gone, in the stream itself. */
export function goneInTheStream(): Fault {
  const object = {
    kind: 'Status',
    apiVersion: 'v1',
    status: 'Failure',
    code: 410,
    reason: 'Expired',
    message: 'too old',
  };
  return { kind: 'answer', status: 200, body: `${JSON.stringify({ type: 'ERROR', object })}\n` };
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
