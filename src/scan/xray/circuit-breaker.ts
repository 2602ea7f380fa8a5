// scan/xray: stops asking a server that does not answer, and tries it again after a while. A pure state machine: time comes in.

/**
 * - `closed`: requests go out; `failures` in a row so far.
 * - `open`: none goes out before `retryAtMs`.
 * - `halfOpen`: one request is out to see whether it answers again; nothing else goes out until that one is back.
 */
export type Circuit =
  | { readonly state: 'closed'; readonly failures: number }
  | { readonly state: 'open'; readonly retryAtMs: number; readonly trips: number }
  | { readonly state: 'halfOpen'; readonly sinceMs: number; readonly trips: number };

export const closed: Circuit = { state: 'closed', failures: 0 };

const FAILURES_TO_OPEN = 5;
const FIRST_PAUSE_MS = 1_000;
// A probe that nobody reported back (its caller was stopped) must not keep the circuit half open for ever.
const PROBE_LIMIT_MS = 60_000;

export type Entry =
  | { readonly go: true; readonly circuit: Circuit }
  /** Nothing is sent; asking again makes sense at `retryAtMs`. */
  | { readonly go: false; readonly circuit: Circuit; readonly retryAtMs: number };

/** May a request go out at `nowMs`? */
export function enter(circuit: Circuit, nowMs: number): Entry {
  switch (circuit.state) {
    case 'closed':
      return { go: true, circuit };
    case 'open':
      return nowMs < circuit.retryAtMs
        ? { go: false, circuit, retryAtMs: circuit.retryAtMs }
        : { go: true, circuit: { state: 'halfOpen', sinceMs: nowMs, trips: circuit.trips } };
    case 'halfOpen':
      return nowMs < circuit.sinceMs + PROBE_LIMIT_MS
        ? { go: false, circuit, retryAtMs: nowMs + FIRST_PAUSE_MS } // the probe will be back by then, well or not
        : { go: true, circuit: { ...circuit, sinceMs: nowMs } };
  }
}

/** An answer came, whatever it said. */
export function answered(): Circuit {
  return closed;
}

/**
 * No answer came, or only that the server is in trouble.
 *
 * @param longestPauseMs up to which the pause doubles
 */
export function failed(circuit: Circuit, nowMs: number, longestPauseMs: number): Circuit {
  switch (circuit.state) {
    case 'closed': {
      const failures = circuit.failures + 1;
      return failures < FAILURES_TO_OPEN ? { state: 'closed', failures } : opened(nowMs, 1, longestPauseMs);
    }
    case 'halfOpen':
      return opened(nowMs, circuit.trips + 1, longestPauseMs);
    case 'open': // a request that was out when the circuit opened
      return circuit;
  }
}

function opened(nowMs: number, trips: number, longestPauseMs: number): Circuit {
  const pauseMs = Math.min(FIRST_PAUSE_MS * 2 ** Math.min(trips - 1, 30), longestPauseMs);
  return { state: 'open', retryAtMs: nowMs + pauseMs, trips };
}
