// Changes pods at a steady rate until it is stopped: `writer.cjs RATE ETCD_URL`. It writes straight into etcd, since an API
// server that shares two cores with all the rest does not take 500 writes a second. Every other change is one of a label,
// which is kept; the rest change nothing but the resourceVersion.
import { setTimeout as sleep } from 'node:timers/promises';
import { failed } from './measured.js';

const TICK_MS = 10;
const FIRST = '/registry/pods/bench-0/';
const BEHIND_LAST = '/registry/pods/bench-00'; // '0' comes after '/'
const MANY = 500;

interface Pod {
  readonly key: string;
  /** The same object with one of two values of a label, in base64 of etcd's own form; both are of the same length. */
  readonly values: readonly [string, string];
}

async function etcd(
  url: string,
  path: string,
  body: object,
): Promise<{ readonly kvs?: readonly { key: string; value: string }[] }> {
  const answer = await fetch(`${url}/v3/kv/${path}`, { method: 'POST', body: JSON.stringify(body) });
  if (!answer.ok) throw new Error(`etcd answered ${answer.status} to ${path}: ${await answer.text()}`);
  // eslint-disable-next-line @typescript-eslint/no-unsafe-type-assertion -- etcd's API
  return (await answer.json()) as { kvs?: { key: string; value: string }[] };
}

function podOf({ key, value }: { readonly key: string; readonly value: string }): Pod {
  const bytes = Buffer.from(value, 'base64').toString('latin1');
  const withTier = (tier: string): string => Buffer.from(bytes.replace(/tier-\d/, tier), 'latin1').toString('base64');
  return { key, values: [withTier('tier-8'), withTier('tier-9')] };
}

async function run(): Promise<void> {
  const rate = Number(process.argv[2]);
  const url = process.argv[3] ?? '';
  const base64 = (text: string): string => Buffer.from(text).toString('base64');
  const range = { key: base64(FIRST), range_end: base64(BEHIND_LAST), limit: String(MANY) };
  const pods = ((await etcd(url, 'range', range)).kvs ?? []).map(podOf);
  const change = async (i: number): Promise<void> => {
    const pod = pods[Math.floor(i / 2) % pods.length];
    if (pod === undefined) return;
    const round = Math.floor(i / 2 / pods.length);
    await etcd(url, 'put', { key: pod.key, value: pod.values[round % 2 === 0 ? 0 : 1] }); // twice the same, in turn
  };
  const beganMs = performance.now();
  let sent = 0;
  for (;;) {
    const due = ((performance.now() - beganMs) / 1_000) * rate;
    for (; sent < due; sent++) change(sent).catch(failed);
    await sleep(TICK_MS);
  }
}

run().catch(failed);
