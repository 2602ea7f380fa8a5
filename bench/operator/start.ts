// bench/operator: a start where all is judged already, and what is resident after a minute's rest, with traces and without.
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { once } from 'node:events';
import { buffer } from 'node:stream/consumers';
import { request } from 'undici';
import { type Usage, usageOf } from './measured.js';
import { settled } from './settled.js';
import { type RunningOperator, sleep, type Stage, until } from './stage.js';

const REST_MS = 60_000;
const READY_WITHIN_MS = 60_000;
const LOOK_EVERY_MS = 10;

export interface Start {
  readonly traces: boolean;
  /** From the start of the process until it answers at all, and until `/readyz` says yes. */
  readonly aliveSeconds: number;
  readonly readySeconds: number;
  /** When it was ready. */
  readonly usage: Usage;
  /** A minute later. */
  readonly atRest: Usage;
  /** What the collector took. */
  readonly exports: number;
  readonly exportedKiB: number;
}

/** One start without traces, and one with them. */
export async function starts(pods: number): Promise<readonly Start[]> {
  return settled(pods, { name: 'start' }, async ({ stage, operator }) => {
    await operator.process.stop();
    const collector = await Collector.start();
    try {
      const without = await start(stage, collector, {});
      const url = { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url };
      return [without, await start(stage, collector, url)];
    } finally {
      collector.close();
    }
  });
}

async function start(stage: Stage, collector: Collector, env: Readonly<Record<string, string>>): Promise<Start> {
  const before = { exports: collector.exports, bytes: collector.bytes };
  const operator = await stage.operate([], env);
  const seconds = (): number => (performance.now() - operator.startedMs) / 1_000;
  await answers(operator, '/healthz');
  const aliveSeconds = seconds();
  await answers(operator, '/readyz');
  const readySeconds = seconds();
  const usage = await usageOf(operator.process.pid);
  await sleep(REST_MS);
  const atRest = await usageOf(operator.process.pid);
  await operator.process.stop();
  return {
    traces: 'OTEL_EXPORTER_OTLP_ENDPOINT' in env,
    aliveSeconds,
    readySeconds,
    usage,
    atRest,
    exports: collector.exports - before.exports,
    exportedKiB: (collector.bytes - before.bytes) / 1_024,
  };
}

async function answers({ healthPort }: RunningOperator, path: string): Promise<void> {
  const url = `http://127.0.0.1:${healthPort}${path}`;
  await until(path, READY_WITHIN_MS, async () => isOk(url), LOOK_EVERY_MS);
}

async function isOk(url: string): Promise<boolean> {
  try {
    const { statusCode, body } = await request(url);
    await body.dump();
    return statusCode === 200;
  } catch {
    return false; // nothing listens there yet
  }
}

class Collector {
  readonly #server: Server;
  exports = 0;
  bytes = 0;

  private constructor(server: Server) {
    this.#server = server;
  }

  static async start(): Promise<Collector> {
    const server = createServer();
    const collector = new Collector(server);
    server.on('request', (asked, response) => {
      void buffer(asked).then(({ length }) => {
        collector.exports++;
        collector.bytes += length;
        response.end();
      });
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return collector;
  }

  get url(): string {
    // eslint-disable-next-line @typescript-eslint/no-unsafe-type-assertion -- it listens on a port
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  close(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }
}
