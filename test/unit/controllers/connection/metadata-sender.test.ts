import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { FakeClock } from '@dot-kube/operator/testing';
import { setImmediate as turn } from 'node:timers/promises';
import { MetadataSender, type MetadataTarget } from '../../../../src/controllers/connection/metadata-sender.js';
import { fingerprintOf, kubeMetadataOf } from '../../../../src/report/kube-metadata.js';
import type { KubeMetadata } from '../../../../src/scan/xray/kube-metadata.js';
import { XrayError, type XrayErrorCode } from '../../../../src/scan/xray/xray-error.js';
import { aDigest, aWorkload } from '../../../builders/builders.js';

const HOUR = 3_600_000;
let clock: FakeClock;
let sent: KubeMetadata[];
let failure: XrayErrorCode | undefined;
let told: string[];
let sender: MetadataSender;
let target: MetadataTarget;
let stop: AbortController;
let running: Promise<void>;
let targets: number;

beforeEach(() => {
  clock = new FakeClock();
  [sent, told, failure, targets] = [[], [], undefined, 0];
  sender = new MetadataSender({
    clock,
    onTold: (workload) => told.push(workload),
    onTarget: () => targets++,
    onFinding: () => undefined,
  });
  target = {
    client: {
      tell: async (metadata) => {
        sent.push(metadata);
        if (failure !== undefined) throw new XrayError(failure, 'Xray will not hear it');
      },
    },
    url: 'https://xray',
    clusterUrl: 'https://cluster',
    spacingMs: 400,
    resyncIntervalMs: HOUR,
  };
  stop = new AbortController();
  running = sender.run(stop.signal);
});

afterEach(async () => {
  stop.abort(new Error('the test is over'));
  await running;
  expect(clock.pending).toBe(0);
});

function metadata(workload: string, digit = 'a', action: KubeMetadata['action'] = ''): KubeMetadata {
  return { namespace: 'shop', workload, action, images: [{ reference: `shop/${workload}:1`, digest: aDigest(digit) }] };
}

async function pass(ms: number, stepMs = 100): Promise<void> {
  await turn();
  for (let left = ms; left > 0; left -= stepMs) {
    clock.advance(Math.min(stepMs, left));
    await turn();
    await turn();
  }
}

test('each change is told once, and remembered', async () => {
  sender.use(target);
  const mine = metadata('web');
  expect(sender.tell('web', mine, undefined)).toBeUndefined();
  await pass(5_000);
  expect(sent).toEqual([mine]);
  expect(told).toEqual(['web']);
  const remembered = sender.tell('web', mine, undefined);
  expect(remembered).toBe(fingerprintOf(mine, target));
  sender.tell('web', mine, remembered);
  await pass(5_000);
  expect(sent).toHaveLength(1);
  sender.tell('web', metadata('web', 'b'), remembered);
  await pass(5_000);
  expect(sent).toHaveLength(2);
});

test('a start repeats nothing that a result remembers', async () => {
  sender.use(target);
  expect(targets).toBe(1);
  for (let i = 0; i < 100; i++) {
    const one = metadata(`web-${i}`);
    sender.tell(`web-${i}`, one, fingerprintOf(one, target));
  }
  await pass(60_000, 1_000);
  expect(sent).toEqual([]);
});

test('many changes go out one by one, and of each workload only the newest', async () => {
  sender.use(target);
  for (let i = 0; i < 20; i++) sender.tell(`web-${i}`, metadata(`web-${i}`), undefined);
  sender.tell('web-3', metadata('web-3', 'c'), undefined);
  await pass(2_000);
  const after2s = sent.length;
  await pass(4_000);
  expect(sent.length - after2s).toBeLessThanOrEqual(10);
  await pass(10_000);
  expect(sent).toHaveLength(20);
  expect(sent.filter(({ workload }) => workload === 'web-3')).toEqual([metadata('web-3', 'c')]);
});

describe('what cannot be told', () => {
  test('waits ever longer, and is told when it can be', async () => {
    sender.use(target);
    failure = 'ServerError';
    sender.tell('web', metadata('web'), undefined);
    await pass(10 * 60_000, 1_000);
    expect(sent.length).toBeLessThan(9);
    expect(sender.finding).toMatchObject({ kind: 'failed', reason: 'ServerError' });
    failure = undefined;
    await pass(HOUR, 1_000);
    expect(sender.finding).toEqual({ kind: 'read' });
    expect(told).toEqual(['web']);
  });

  test('because the call is not there is tried once in a resync', async () => {
    sender.use(target);
    failure = 'NotXray';
    sender.tell('web', metadata('web'), undefined);
    await pass(HOUR - 10_000, 10_000);
    expect(sent).toHaveLength(1);
    await pass(60_000, 1_000);
    expect(sent).toHaveLength(2);
  });

  test('of a workload that is gone is let go, unless it was deleted by us', async () => {
    sender.use(target);
    sender.tell('web', metadata('web'), undefined);
    sender.tell('db', metadata('db', 'a', 'delete'), undefined);
    sender.gone('web');
    sender.gone('db');
    await pass(5_000);
    expect(sent.map(({ workload }) => workload)).toEqual(['db']);
  });
});

test('nobody is told where nobody is to be, and another Xray is told anew', async () => {
  expect(sender.tell('web', metadata('web'), 'kept')).toBe('kept');
  expect(sender.finding).toBeUndefined();
  sender.use(target);
  sender.tell('web', metadata('web'), undefined);
  await pass(5_000);
  sender.use({ ...target, clusterUrl: 'https://other' });
  sender.tell('web', metadata('web'), fingerprintOf(metadata('web'), target));
  await pass(5_000);
  expect(sent).toHaveLength(2);
  sender.use(undefined);
  sender.tell('web', metadata('web', 'b'), undefined);
  await pass(5_000);
  expect(sent).toHaveLength(2);
});

describe('what there is to tell of a workload', () => {
  const enforcement = {
    action: 'ScaledDown',
    phase: 'Done',
    at: '',
    workloadUid: '',
    reason: '',
    message: '',
    attempts: 1,
  } as const;
  const note = { before: { by: 'replicas', replicas: 1 }, at: '', attempts: 1, policy: '', digests: {} } as const;

  test('is what its current revision runs, and what was done to it', () => {
    const images = [{ reference: 'shop/web:1', digest: aDigest() }];
    expect(kubeMetadataOf(aWorkload(), { kind: 'running' })).toMatchObject({ workload: 'web', action: '', images });
    expect(kubeMetadataOf(aWorkload(), { kind: 'stopped', note, enforcement })).toMatchObject({ action: 'scaledown' });
    expect(kubeMetadataOf(aWorkload(), { kind: 'deleted', enforcement })).toMatchObject({ action: 'delete' });
  });

  test('is nothing before a digest is known', () => {
    const unpulled = { reference: 'shop/web:1', containers: [], revision: 'Current' } as const;
    expect(kubeMetadataOf(aWorkload({ images: [unpulled] }), { kind: 'running' })).toBeUndefined();
    const leftover = { ...unpulled, digest: aDigest(), revision: 'Previous' } as const;
    expect(kubeMetadataOf(aWorkload({ images: [leftover] }), { kind: 'running' })).toBeUndefined();
  });
});
