// The part of the benchmark in which one of two replicas takes over: from one that is told to stop, one that is killed, and one
// that is stopped in the middle of its work and goes on afterwards.
import { type ChildProcess } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { KubeConfig } from '@kubernetes/client-node';
import { KubeClient } from '@dot-kube/operator';
import { stopChild } from './children.js';
import { type Bench, type Lines, linesOf } from './parts.js';
import { startProgram } from './programs.js';

/** From the end of the leader to the first pass of the other. */
export async function takeover({ server, directory, runs }: Bench): Promise<string> {
  const took: string[] = [];
  for (const signal of ['SIGTERM', 'SIGKILL', 'SIGSTOP'] as const) {
    const all: string[] = [];
    for (let i = 0; i < runs; i++) all.push(await takeoverAfter(signal, { server, directory }));
    took.push(`takeover after ${signal}: ${all.join(', ')}`);
  }
  return took.join('\n');
}

async function takeoverAfter(
  signal: 'SIGTERM' | 'SIGKILL' | 'SIGSTOP',
  { server: { kubeconfigPath }, directory }: Pick<Bench, 'server' | 'directory'>,
): Promise<string> {
  const leader = startProgram(directory, 'replica', { kubeconfigPath, args: ['first'] });
  const former = linesOf(leader);
  await former.first('works');
  const standby = startProgram(directory, 'replica', { kubeconfigPath, args: ['second'] });
  const lines = linesOf(standby);
  await lines.first('ready');
  await sleep(3_000); // it has seen the lease renewed, as a standby has that has been there for a while
  const toldMs = performance.now();
  leader.kill(signal);
  await lines.first('works');
  const seconds = `${((performance.now() - toldMs) / 1_000).toFixed(2)} s`;
  const after = signal === 'SIGSTOP' ? await afterItGoesOn(leader, former, kubeconfigPath) : '';
  await stopChild(standby); // gives the lease back
  await stopChild(leader, 'SIGKILL');
  return seconds + after;
}

const WATCHED_MS = 5_000; // in which a replica that leads writes fifty times

/** What one does that was stopped while it led, and goes on after another has taken over. */
async function afterItGoesOn(leader: ChildProcess, { first }: Lines, kubeconfigPath: string): Promise<string> {
  const before = await workOfFirst(kubeconfigPath);
  leader.kill('SIGCONT');
  await first('leads no more');
  await sleep(WATCHED_MS);
  const after = await workOfFirst(kubeconfigPath);
  return after === before ? ' (continued, it wrote nothing)' : ` (continued, it WROTE: from ${before} to ${after})`;
}

/** @returns the version of what only the first replica writes */
async function workOfFirst(kubeconfigPath: string): Promise<string> {
  const config = new KubeConfig();
  config.loadFromFile(kubeconfigPath);
  const client = await KubeClient.from(config);
  const maps = { group: '', version: 'v1', plural: 'configmaps', kind: 'ConfigMap', namespaced: true };
  const key = { namespace: 'bench-0', name: 'work-of-first' };
  const { signal } = new AbortController();
  try {
    const { metadata } = await client.get<{ metadata: { resourceVersion: string } }>(maps, key, { signal });
    return metadata.resourceVersion;
  } finally {
    await client.close();
  }
}
