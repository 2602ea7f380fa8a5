// cli/dashboard/page: the way to the server. The token travels in a header that no other site can send, never in an address.
import type { Update } from '../item.js';
import type { WorkloadView } from '../workload-view.js';
import { EventCutter } from './event-lines.js';

/** `refused`: the token is not the server's, so there is no use in trying again. */
export type Link = 'opening' | 'live' | 'lost' | 'refused';

export interface Listener {
  readonly onUpdate: (update: Update) => void;
  readonly onLink: (link: Link) => void;
}

const KEY = 'kubexray-token';
const SILENT_MS = 30_000; // the server says something every 10 s
const SHORTEST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 10_000;

/** Takes the token out of the address, where it would be seen, and keeps it for this address of this browser. */
export function takeToken(): string {
  const given = new URLSearchParams(location.hash.slice(1)).get('token');
  if (given !== null) {
    localStorage.setItem(KEY, given); // of all tabs: a link may be opened in another one
    history.replaceState(null, '', location.pathname + location.search);
  }
  return localStorage.getItem(KEY) ?? '';
}

/** For ever, over every loss of the connection, until the server refuses the token. */
export async function follow(token: string, { onUpdate, onLink }: Listener): Promise<void> {
  let pauseMs = SHORTEST_PAUSE_MS;
  for (;;) {
    const outcome = await followOnce(token, {
      onUpdate: (update) => {
        pauseMs = SHORTEST_PAUSE_MS;
        onLink('live');
        onUpdate(update);
      },
    });
    onLink(outcome);
    if (outcome === 'refused') return;
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
    pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS);
  }
}

async function followOnce(token: string, { onUpdate }: Pick<Listener, 'onUpdate'>): Promise<'lost' | 'refused'> {
  const silence = new AbortController();
  let timer = setTimeout(() => {
    silence.abort();
  }, SILENT_MS);
  try {
    const response = await ask('/api/updates', token, silence.signal);
    if (response.status === 401) return 'refused';
    if (!response.ok || response.body === null) return 'lost';
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    const cutter = new EventCutter();
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return 'lost';
      clearTimeout(timer);
      timer = setTimeout(() => {
        silence.abort();
      }, SILENT_MS);
      for (const data of cutter.cut(value)) onUpdate(updateIn(data));
    }
  } catch {
    return 'lost'; // however it ended: it is tried again, and the page says so
  } finally {
    clearTimeout(timer);
  }
}

/** @throws Error with words for people */
export async function fetchWorkload(
  token: string,
  { namespace, result }: { readonly namespace: string; readonly result: string },
  signal: AbortSignal,
): Promise<WorkloadView> {
  const response = await ask(`/api/workload?${new URLSearchParams({ namespace, result }).toString()}`, token, signal);
  const body: unknown = await response.json();
  // eslint-disable-next-line @typescript-eslint/no-unsafe-type-assertion -- the server is the other half of this program
  if (response.ok) return body as WorkloadView;
  throw new Error(sentenceIn(body) ?? `the server answers ${response.status}`);
}

function updateIn(data: string): Update {
  // eslint-disable-next-line @typescript-eslint/no-unsafe-type-assertion -- the server is the other half of this program
  return JSON.parse(data) as Update;
}

async function ask(path: string, token: string, signal: AbortSignal): Promise<Response> {
  return fetch(path, { signal, headers: { authorization: `Bearer ${token}` }, cache: 'no-store', redirect: 'error' });
}

function sentenceIn(body: unknown): string | undefined {
  if (typeof body !== 'object' || body === null || !('message' in body)) return undefined;
  return typeof body.message === 'string' ? body.message : undefined;
}
