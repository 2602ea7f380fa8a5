// The dashboard as users run it: a process with their kubeconfig.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { KUBEXRAY } from '../../command-line.js';

const START_MS = 30_000;

export interface DashboardProcess {
  /** With the token in its fragment. */
  readonly address: string;
  /** Without it, up to the path. */
  readonly origin: string;
  readonly token: string;
  /** As Ctrl-C does. @returns the exit code */
  stop(): Promise<number | null>;
}

/** @throws Error with what it printed, where it does not start */
export async function startDashboard(args: readonly string[], kubeconfig?: string): Promise<DashboardProcess> {
  const child = spawn(process.execPath, [KUBEXRAY, 'dashboard', ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...(kubeconfig === undefined ? {} : { KUBECONFIG: kubeconfig }) },
  });
  const closed = once(child, 'close');
  const address = await printedAddress(child).catch((error: unknown) => {
    child.kill('SIGKILL');
    throw error;
  });
  const url = new URL(address);
  return {
    address,
    origin: url.origin,
    token: new URLSearchParams(url.hash.slice(1)).get('token') ?? '',
    stop: async () => {
      child.kill('SIGINT');
      await closed;
      return child.exitCode;
    },
  };
}

async function printedAddress({ stdout, stderr }: ReturnType<typeof spawn>): Promise<string> {
  let printed = '';
  return new Promise((resolve, reject) => {
    const refuse = (why: string): void => {
      clearTimeout(late);
      reject(new Error(`${why}: ${printed}`));
    };
    const late = setTimeout(refuse, START_MS, `no address within ${START_MS} ms`);
    for (const stream of [stdout, stderr])
      stream?.on('data', (chunk: Buffer) => {
        printed += chunk.toString();
        const address = /http\S+/u.exec(printed)?.[0];
        if (address === undefined) return;
        clearTimeout(late);
        resolve(address);
      });
    stdout?.once('end', () => {
      refuse('it ended');
    });
  });
}
