import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { systemClock } from '@dot-kube/operator';
import { eventually } from '@dot-kube/operator/testing';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Credentials } from '../../../src/scan/xray/credentials.js';
import { XrayClient } from '../../../src/scan/xray/xray-client.js';
import { parseDigest } from '../../../src/workload/digest.js';
import { aDigest } from '../../builders/builders.js';
import { digestOf } from '../../cluster/digest.js';
import { type SimulatorProcess, startSimulatorProcess } from '../../xray-simulator/process.js';

const never = new AbortController().signal;
const issue = { issue_id: 'XRAY-1', summary: 'overflow', severity: 'Critical' };
let folder: string;
let simulator: SimulatorProcess;
let client: XrayClient;

function connect(credentials: Credentials): XrayClient {
  const options = {
    url: simulator.url,
    credentials,
    timeoutMs: 5_000,
    requestsPerSecond: 1_000,
    burst: 1_000,
    concurrency: 4,
  };
  return new XrayClient(options, { clock: systemClock, random: () => 0 });
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'simulator-'));
  const seed = join(folder, 'seed.json');
  await writeFile(seed, JSON.stringify({ images: { 'nginx:1.27': { licenses: ['BSD-2-Clause'] } } }));
  simulator = await startSimulatorProcess({ token: 'good', seed });
  client = connect({ kind: 'accessToken', token: 'good' });
}, 60_000);

afterAll(async () => {
  await client.close();
  await simulator.close();
  await rm(folder, { recursive: true });
});

test('it knows what its seed says, by reference', async () => {
  const digest = digestOf('nginx:1.27');
  await simulator.addLicense(digest, 'MIT');
  const facts = await ask(digest);
  expect(facts).toMatchObject({ licenses: [{ name: 'BSD-2-Clause' }, { name: 'MIT' }] });
});

async function ask(text: string): Promise<unknown> {
  const parsed = parseDigest(text);
  return parsed.ok ? (await client.summaries([parsed.digest], never)).get(parsed.digest) : parsed;
}

test('it learns and forgets', async () => {
  await simulator.put(aDigest('b'), { licenses: ['MIT'] });
  await simulator.addIssue(aDigest('b'), issue);
  expect(await ask(aDigest('b'))).toMatchObject({ vulnerabilities: [{ id: 'XRAY-1' }] });
  await simulator.forget(aDigest('b'));
  expect(await ask(aDigest('b'))).toBeUndefined();
});

test('it tells what it was asked, and fails as told', async () => {
  await simulator.forgetRequests();
  await simulator.fail({ status: 403, path: '/summary/artifact' });
  await expect(ask(aDigest('c'))).rejects.toMatchObject({ code: 'Forbidden' });
  await simulator.fail({});
  expect(await simulator.requests()).toEqual(['POST /api/v2/summary/artifact']);
});

test('it demands what it is told to', async () => {
  const forms: Credentials[] = [
    { kind: 'accessToken', token: 'good' },
    { kind: 'basic', username: 'ann', password: 'pass' },
    { kind: 'apiKey', key: 'key' },
  ];
  const answers = async (): Promise<boolean[]> =>
    Promise.all(
      forms.map(async (form) => {
        const one = connect(form);
        const isIn = await one.version(never).then(
          () => true,
          () => false,
        );
        await one.close();
        return isIn;
      }),
    );
  await simulator.demand({ basic: { username: 'ann', password: 'pass' } });
  expect(await answers()).toEqual([false, true, false]);
  await simulator.demand({ apiKey: 'key' });
  expect(await answers()).toEqual([false, false, true]);
  await simulator.demand({ accessToken: 'good' });
  expect(await answers()).toEqual([true, false, false]);
});

test('it refuses nonsense, and names the field', async () => {
  await expect(simulator.addLicense('nginx:1.27', 'MIT')).rejects.toThrow(/digest must match/);
  // eslint-disable-next-line @typescript-eslint/no-unsafe-type-assertion -- what a careless test would send
  await expect(simulator.put(aDigest(), { issues: [{ summary: 'x' }] } as never)).rejects.toThrow(
    /artifact\.issues\.0\.issue_id/,
  );
});

test('it ends with the process that started it', async () => {
  const start = `import('./scripts/run-ts.mjs').then(({ importTs }) => importTs('test/xray-simulator/process.ts'))
    .then(({ startSimulatorProcess }) => startSimulatorProcess()).then(({ pid }) => console.log(pid));`;
  const parent = spawn(process.execPath, ['-e', start], { stdio: ['ignore', 'pipe', 'inherit'] });
  const said: readonly unknown[] = await once(parent.stdout, 'data');
  const pid = Number(String(said[0]));
  expect(isRunning(pid)).toBe(true);
  parent.kill('SIGKILL');
  await eventually(() => {
    expect(isRunning(pid)).toBe(false);
  });
}, 60_000);

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
