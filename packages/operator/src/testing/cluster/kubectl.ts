/** kubectl, on a given cluster. */
import { spawn } from 'node:child_process';

export interface KubectlOptions {
  /** What kubectl reads from its standard input. */
  readonly input?: string;
}

export interface KubectlTarget {
  readonly kubectlPath: string;
  readonly kubeconfigPath: string;
}

/** Runs kubectl on the given cluster. */
export async function runKubectl(
  { kubectlPath, kubeconfigPath }: KubectlTarget,
  args: readonly string[],
  { input = '' }: KubectlOptions = {},
): Promise<string> {
  const child = spawn(kubectlPath, [...args], {
    env: { ...process.env, KUBECONFIG: kubeconfigPath },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  const out: string[] = [];
  const err: string[] = [];
  child.stdout.setEncoding('utf8').on('data', (text: string) => out.push(text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => err.push(text));
  child.stdin.on('error', () => undefined); // kubectl may end before it has read all; its exit code then tells why
  child.stdin.end(input);
  const code = await new Promise<number | string>((resolve, reject) => {
    child.once('error', reject).once('close', (status, signal) => {
      resolve(status ?? signal ?? 'unknown');
    });
  });
  if (code !== 0) throw new Error(`kubectl ${args.join(' ')} ended with ${code}: ${err.join('').trim()}`);
  return out.join('');
}
