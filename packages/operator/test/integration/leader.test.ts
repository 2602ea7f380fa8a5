// Of two replicas one works: it hands over when it is told to stop, is replaced when it dies, and, frozen and thawed
// after another has taken over, writes nothing more. Each is a process of its own, behind a proxy that sees its writes.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from '@jest/globals';
import { eventually, startApiProxy } from '@dot-kube/operator/testing';
import { kubeConfig, through } from './rig.js';

interface Replica {
  /** When it asked for a write, beside those to the lease; in milliseconds. */
  readonly writesMs: number[];
  /** When it last asked to hold the lease. */
  renewedMs(): number;
  /** What it has said, line by line. */
  said(): readonly string[];
  signal(signal: NodeJS.Signals): void;
  close(): Promise<void>;
}

const replicas: Replica[] = [];

afterEach(async () => {
  for (const replica of replicas.splice(0)) await replica.close();
}, 30_000);

async function startReplica(lease: string, identity: string): Promise<Replica> {
  const writesMs: number[] = [];
  let renewedMs = 0;
  const { server = '', caData = '' } = kubeConfig().getCurrentCluster() ?? {};
  const proxy = await startApiProxy({
    server,
    certificateAuthority: Buffer.from(caData, 'base64').toString('utf8'),
    onRequest: ({ method, path }) => {
      if (method === 'GET') return undefined;
      if (path.includes('/leases')) renewedMs = performance.now();
      else writesMs.push(performance.now());
      return undefined;
    },
  });
  const directory = await mkdtemp(join(tmpdir(), 'dot-kube-replica-'));
  const kubeconfigPath = join(directory, 'kubeconfig');
  await writeFile(kubeconfigPath, through(proxy, kubeConfig().getCurrentUser()?.token ?? '').exportConfig());
  const program = ['scripts/run-ts.mjs', 'packages/operator/test/integration/replica.ts', lease, identity];
  const child = spawn(process.execPath, program, {
    env: { ...process.env, KUBECONFIG: kubeconfigPath },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
  const ended = once(child, 'exit');
  const replica: Replica = {
    writesMs,
    renewedMs: () => renewedMs,
    said: () => output.split('\n').slice(0, -1),
    signal: (signal) => child.kill(signal),
    close: async () => {
      child.kill('SIGKILL');
      await ended;
      await proxy.close();
      await rm(directory, { recursive: true, force: true });
    },
  };
  replicas.push(replica);
  return replica;
}

/** @returns when it first wrote after that time */
async function works({ writesMs }: Replica, afterMs: number): Promise<number> {
  return eventually(
    () => {
      const first = writesMs.find((atMs) => atMs > afterMs);
      if (first === undefined) throw new Error('it does not work');
      return first;
    },
    { withinMs: 60_000, everyMs: 10 },
  );
}

async function says(replica: Replica, line: string): Promise<void> {
  await eventually(
    () => {
      expect(replica.said()).toContain(line);
    },
    { withinMs: 60_000 },
  );
}

async function twoReplicas(lease: string): Promise<{ leader: Replica; standby: Replica }> {
  const leader = await startReplica(lease, 'first');
  await works(leader, 0);
  const standby = await startReplica(lease, 'second');
  await says(standby, 'ready');
  return { leader, standby };
}

// How soon exactly, a test of the elector tells, by a clock of its own; here a machine that is busy with others is part of it.
test('a leader that is told to stop hands over sooner than its lease is over', async () => {
  const { leader, standby } = await twoReplicas('leader-told');
  expect(standby.writesMs).toEqual([]);
  const toldMs = performance.now();
  leader.signal('SIGTERM');
  expect((await works(standby, toldMs)) - toldMs).toBeLessThan(10_000);
  await says(leader, 'stopped');
  expect(Math.max(...leader.writesMs)).toBeLessThan(standby.writesMs[0] ?? 0);
}, 120_000);

test('a leader that dies is replaced, and not before its lease is over', async () => {
  const { leader, standby } = await twoReplicas('leader-dead');
  const deadMs = performance.now();
  leader.signal('SIGKILL');
  const takenMs = await works(standby, deadMs);
  expect(takenMs - leader.renewedMs()).toBeGreaterThanOrEqual(15_000);
  expect(takenMs - deadMs).toBeLessThanOrEqual(30_000);
}, 120_000);

test('a leader that is frozen, and thawed after another has taken over, writes nothing more', async () => {
  const { leader, standby } = await twoReplicas('leader-frozen');
  const frozenMs = performance.now();
  leader.signal('SIGSTOP');
  const takenMs = await works(standby, frozenMs);
  leader.signal('SIGCONT');
  await says(leader, 'LeadershipLost');
  const goesOn = standby.writesMs.length;
  await eventually(
    () => {
      expect(standby.writesMs.length).toBeGreaterThan(goesOn + 40); // some seconds of work by the other
    },
    { withinMs: 60_000 },
  );
  expect(leader.writesMs.filter((atMs) => atMs > takenMs)).toEqual([]);
}, 120_000);
