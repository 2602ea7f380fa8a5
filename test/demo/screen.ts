// demo: what a person sees: steps, kubectl's own output, and a sign of life while something takes longer.
import { setTimeout as delay } from 'node:timers/promises';
import { type KubectlTarget, runKubectl } from '../cluster/kubectl.js';

const SAY_SOMETHING_EVERY_MS = 2_000;
const LOOK_EVERY_MS = 200;
const GIVE_UP_AFTER_MS = 60_000;

export function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

export function step(text: string): void {
  const bold = process.stdout.isTTY ? `\u001b[1m${text}\u001b[0m` : text;
  say(`\n▶ ${bold}`);
}

export class Screen {
  readonly #target: KubectlTarget;

  constructor(target: KubectlTarget) {
    this.#target = target;
  }

  /** Runs kubectl as a person would type it, without showing it. */
  async run(args: string, input = ''): Promise<string> {
    return runKubectl(this.#target, args.split(' '), { input });
  }

  /** Shows the command and what it prints. */
  async show(args: string, input = ''): Promise<void> {
    say(`$ kubectl ${args}`);
    say((await this.run(args, input)).trimEnd());
  }

  /** Looks until kubectl prints what is wanted. @throws Error with what it printed last, after a minute */
  async until(args: string, wanted: RegExp, what: string): Promise<void> {
    const began = performance.now();
    for (let saidAt = began; ;) {
      const seen = await this.run(args);
      if (wanted.test(seen)) return;
      const now = performance.now();
      if (now - began > GIVE_UP_AFTER_MS) throw new Error(`${what} did not happen; kubectl ${args} printed:\n${seen}`);
      if (now - saidAt > SAY_SOMETHING_EVERY_MS) {
        say(`  … ${what}, ${Math.round((now - began) / 1_000)} s`);
        saidAt = now;
      }
      await delay(LOOK_EVERY_MS);
    }
  }
}
