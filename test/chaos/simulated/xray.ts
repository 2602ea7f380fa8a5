// chaos/simulated: puts the simulated Xray behind a carrier: its answers are those of its HTTP server, told without a socket.
import { errors } from 'undici';
import { digestOf } from '../../cluster/digest.js';
import { answerApi } from '../../xray-simulator/api.js';
import { State } from '../../xray-simulator/state.js';
import type { Random } from '../story/random.js';
import type { Truth } from '../story/findings.js';
import type { XrayFault } from '../story/world.js';
import type { Reply, Server } from './carrier.js';
import type { SimulatedTime } from './time.js';

const LONGEST_WAY_MS = 30;

/** How long the operator waits for it, as its connection says. */
export const XRAY_TIMEOUT_MS = 2_000;

export class SimulatedXray {
  readonly #state: State;
  readonly #time: SimulatedTime;
  readonly #random: Random;
  readonly #faults = new Set<XrayFault>();

  constructor(time: SimulatedTime, random: Random) {
    this.#time = time;
    this.#random = random;
    this.#state = new State({}, new AbortController().signal, () => time.date().getTime());
  }

  tell(image: string, truth: Truth): void {
    if (truth === 'none') this.#state.catalog.forget(digestOf(image));
    else this.#state.put(digestOf(image), truth);
  }

  /** What it was asked and told; nobody wants to know any more. */
  forgetRequests(): void {
    this.#state.questions.length = 0;
    this.#state.told.length = 0;
  }

  break(fault: XrayFault, forMs: number): void {
    this.#faults.add(fault);
    this.#clock();
    this.#time.after(forMs, () => {
      this.#faults.delete(fault);
      this.#clock();
    });
  }

  readonly server: Server = ({ method, path, body = '' }, reply) => {
    const delayMs = this.#random.between(1, LONGEST_WAY_MS) + this.#delayMs();
    if (delayMs > XRAY_TIMEOUT_MS) {
      this.#time.after(XRAY_TIMEOUT_MS, () => {
        reply.break(new errors.HeadersTimeoutError());
      });
      return;
    }
    this.#time.after(delayMs, () => {
      const fault = [...this.#faults].find(({ kind }) => kind !== 'slow' && kind !== 'clock');
      if (fault?.kind === 'status') {
        this.#say(reply, fault.status, '{"error":"told to fail"}');
        return;
      }
      if (fault?.kind === 'garbage') {
        this.#say(reply, 200, fault.body);
        return;
      }
      const { status, text } = this.#answer(method, path, body);
      if (fault?.kind === 'cut') {
        reply.begin(200, this.#headers());
        reply.send(text.slice(0, text.length / 2));
        reply.break();
      } else this.#say(reply, status, text);
    });
  };

  #answer(method: string, path: string, body: string): { readonly status: number; readonly text: string } {
    if (path === '/api/v1/system/ping') return { status: 200, text: '{"status":"pong"}' };
    const answer = answerApi(this.#state, method, path, body);
    return { status: answer.status, text: JSON.stringify(answer.body) };
  }

  #say(reply: Reply, status: number, text: string): void {
    reply.begin(status, this.#headers());
    if (text !== '') reply.send(text);
    reply.end();
  }

  #headers(): Readonly<Record<string, string>> {
    return { 'content-type': 'application/json', date: this.#state.now().toUTCString() };
  }

  #delayMs(): number {
    return Math.max(0, ...[...this.#faults].map((fault) => (fault.kind === 'slow' ? fault.delayMs : 0)));
  }

  #clock(): void {
    const fault = [...this.#faults].find(({ kind }) => kind === 'clock');
    this.#state.faults = fault?.kind === 'clock' ? { clockOffsetMs: fault.offsetMs } : {};
  }
}
