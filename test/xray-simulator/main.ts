/**
 * xray-simulator: the program: `main.ts [--port N] [--token TEXT] [--seed FILE]`. Prints its URL as one line of JSON, and runs
 * until it is told to stop. With `--until-input-ends` it also stops when its standard input ends, which is how it dies with
 * the process that started it.
 */
import { parseArgs } from 'node:util';
import { plantSeed } from './seed.js';
import { startSimulator } from './simulator.js';

const { values } = parseArgs({
  options: {
    port: { type: 'string', default: '0' },
    token: { type: 'string' },
    seed: { type: 'string' },
    'until-input-ends': { type: 'boolean', default: false },
  },
});
const simulator = await startSimulator({
  port: Number(values.port),
  ...(values.token === undefined ? {} : { token: values.token }),
});
if (values.seed !== undefined) await plantSeed(values.seed, simulator);

let closing: Promise<void> | undefined;
const stop = (): void => {
  closing ??= simulator.close().then(() => {
    process.stdin.destroy();
  });
};
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, stop);
if (values['until-input-ends']) process.stdin.once('end', stop).resume();
process.stdout.write(`${JSON.stringify({ url: simulator.url })}\n`);
