/** The operator as a process of its own, as it runs in a pod: what tests kill and the demo shows. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';

export interface OperatorProcessOptions {
  readonly kubeconfigPath: string;
  /** Flags of the operator; see its `--help`. */
  readonly args?: readonly string[];
  /** What is run: by default the source. */
  readonly program?: readonly string[];
  /** On top of what this process has. */
  readonly env?: Readonly<Record<string, string>>;
}

export interface OperatorProcess {
  readonly pid: number;
  /** The last lines of its log. */
  log(): string;
  /** Resolves once its caches are in step. @throws Error with its log when it ends before */
  inStep(): Promise<void>;
  /** Resolves when it has ended, however that came. */
  readonly ended: Promise<unknown>;
  /** SIGKILL: nothing of it runs any more once this resolves. */
  kill(): Promise<void>;
  /** SIGSTOP and SIGCONT: it stands still, and goes on. */
  freeze(): void;
  thaw(): void;
  /** SIGTERM. @throws Error with its last words when it ends with another code than 0 */
  stop(): Promise<void>;
}

const SOURCE = ['scripts/run-ts.mjs', 'src/main.ts'];
const LOG_CHARACTERS = 2_000_000; // others' workloads in the same cluster fill it, too
const running = new Set<ChildProcess>();
process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL'); // none outlives a test that failed
});

export function startOperatorProcess(options: OperatorProcessOptions): OperatorProcess {
  const { kubeconfigPath, args = [], program = SOURCE, env = {} } = options;
  const anyPorts = ['--health-port', '0', '--metrics-port', '0'];
  const child = spawn(process.execPath, [...program, ...anyPorts, ...args], {
    env: { ...process.env, ...env, KUBECONFIG: kubeconfigPath },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  running.add(child);
  let log = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => (log = (log + text).slice(-LOG_CHARACTERS)));
  const ended = once(child, 'close').then(() => running.delete(child));
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    child.kill(signal);
    await ended;
  };
  return {
    pid: child.pid ?? 0,
    log: () => log,
    ended,
    inStep: async () => {
      while (!log.includes('the caches are in step')) {
        const end = child.exitCode ?? child.signalCode; // of one that was killed there is no code
        if (end !== null) throw new Error(`the operator ended with ${end}:\n${log}`);
        await Promise.race([once(child.stdout, 'data'), ended]);
      }
    },
    kill: async () => end('SIGKILL'),
    freeze: () => child.kill('SIGSTOP'),
    thaw: () => child.kill('SIGCONT'),
    stop: async () => {
      await end('SIGTERM');
      if (child.exitCode !== 0) throw new Error(`the operator ended with ${String(child.exitCode)}:\n${log}`);
    },
  };
}
