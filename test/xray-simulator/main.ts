// xray-simulator: the program: `main.ts [--port N] [--token TEXT]`. Prints its URL, and runs until it is told to stop.
import { parseArgs } from 'node:util';
import { startSimulator } from './simulator.js';

const { values } = parseArgs({ options: { port: { type: 'string', default: '0' }, token: { type: 'string' } } });
const simulator = await startSimulator({
  port: Number(values.port),
  ...(values.token === undefined ? {} : { token: values.token }),
});
process.stdout.write(`${JSON.stringify({ url: simulator.url })}\n`);
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void simulator.close());
