// bench/operator: writes to etcd itself, and weighs what lies in it. A hundred thousand pods take the API server more than ten
// minutes to be told of one by one.
import { request } from 'undici';

const AT_ONCE = 64; // in a transaction; etcd takes 128 operations and 1.5 MiB
const SIDE_BY_SIDE = 4;
const PAGE = 500;

export type Entry = readonly [key: string, value: object];

interface RangeAnswer {
  readonly kvs?: readonly { readonly key: string; readonly value?: string }[];
  readonly more?: boolean;
}

export class Etcd {
  readonly #url: string;

  constructor(url: string) {
    this.#url = url;
  }

  async putAll(entries: Iterator<Entry>): Promise<void> {
    const work = async (): Promise<void> => {
      for (let batch = taken(entries); batch.length > 0; batch = taken(entries)) {
        const success = batch.map(([key, value]) => ({
          requestPut: { key: base64(key), value: base64(JSON.stringify(value)) },
        }));
        await this.#call('txn', { success });
      }
    };
    await Promise.all(Array.from({ length: SIDE_BY_SIDE }, work));
  }

  /** How many objects lie below a folder, and how many bytes their values have. */
  async weigh(folder: string): Promise<{ readonly objects: number; readonly bytes: number }> {
    let [objects, bytes, more] = [0, 0, true];
    let key = base64(folder);
    const end = base64(`${folder.slice(0, -1)}0`); // what comes after a slash
    while (more) {
      // eslint-disable-next-line @typescript-eslint/no-unsafe-type-assertion -- etcd's own answer
      const { kvs = [], ...page } = (await this.#call('range', { key, range_end: end, limit: PAGE })) as RangeAnswer;
      objects += kvs.length;
      bytes += kvs.reduce((sum, { value = '' }) => sum + Buffer.byteLength(value, 'base64'), 0);
      more = page.more === true;
      key = base64(`${Buffer.from(kvs.at(-1)?.key ?? '', 'base64').toString()}\0`);
    }
    return { objects, bytes };
  }

  async #call(what: 'txn' | 'range', body: object): Promise<unknown> {
    const { statusCode, body: answer } = await request(`${this.#url}/v3/kv/${what}`, {
      method: 'POST',
      body: JSON.stringify(body),
    });
    const text = await answer.text();
    if (statusCode !== 200) throw new Error(`etcd answered ${statusCode}: ${text}`);
    return JSON.parse(text);
  }
}

function taken(entries: Iterator<Entry>): readonly Entry[] {
  const batch: Entry[] = [];
  while (batch.length < AT_ONCE) {
    const next = entries.next();
    if (next.done === true) break;
    batch.push(next.value);
  }
  return batch;
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}
