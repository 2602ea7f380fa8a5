// Runs the operator against the cluster of the tests, with a simulated Xray beside it.
import { type Clock, isApiError, Manager, silentLogger, systemClock } from '@dot-kube/operator';
import { eventually } from '@dot-kube/operator/testing';
import { expect } from '@jest/globals';
import type { XrayConnection, XrayScanResult, XrayScanResultStatus } from '../../src/api/v1alpha1/types.js';
import { readSettings } from '../../src/config/settings.js';
import { declareOperator } from '../../src/controllers/operator.js';
import { XrayClient } from '../../src/scan/xray/xray-client.js';
import { aConnection, type ScalableKind } from '../builders/manifests.js';
import { kubectl } from '../cluster/kubectl.js';
import { newClient, read, readAll } from '../cluster/live.js';
import { endedWithTheFile, expectNotOver } from './left-running.js';

export const TOKEN = 'good-token';
export const OPERATOR_NAMESPACE = 'kubexray-system';

export interface RunningOperator {
  /** What a scrape of /metrics answers. */
  metrics(): Promise<string>;
  stop(): Promise<void>;
}

/** The stories of one file stop more in a minute than a cluster does in a day: those of the brake take it on again. */
export const WITHOUT_BRAKE = ['--brake-share', '100', '--enforcements-per-minute', '100000'];

/** A busy machine takes its time, and who comes after one that was killed waits 15 s for its lease. */
const SOON = { withinMs: 60_000, everyMs: 100 };

/** Long enough that what one change makes comes together. */
export const QUICK_MESSAGES = { gatherMs: 2_000, spacingMs: 500, firstRetryMs: 200, lastRetryMs: 1_000 };

/**
 * Starts the operator in this process, as the administrator. A failure of its own comes out of `stop`.
 *
 * @param clock what it judges by; its watches and queues go by the real time
 */
export async function startOperator(
  args: readonly string[] = [],
  clock: Clock = systemClock,
): Promise<RunningOperator> {
  const client = await newClient();
  expectNotOver();
  const manager = new Manager({ client, log: silentLogger, name: 'kubexray.io/operator', instance: 'test' });
  const { receiveHooks } = declareOperator({
    manager,
    settings: readSettings([...WITHOUT_BRAKE, ...args], { POD_NAMESPACE: OPERATOR_NAMESPACE }),
    clock,
    notificationPace: QUICK_MESSAGES,
    openXray: (options, around) => new XrayClient(options, { clock: systemClock, random: Math.random, around }),
  });
  const stop = new AbortController();
  const ended = Promise.all([manager.start(stop.signal), receiveHooks(stop.signal)]);
  return {
    metrics: async () => manager.registry.metrics(),
    stop: endedWithTheFile(async () => {
      stop.abort(new Error('the test is over'));
      await ended;
      await client.close();
    }),
  };
}

export async function apply(...objects: readonly object[]): Promise<void> {
  const items = { apiVersion: 'v1', kind: 'List', items: objects };
  await kubectl(['apply', '--server-side', '--force-conflicts', '-f', '-'], { input: JSON.stringify(items) });
}

/** For a test that looks at the whole cluster: nothing is left of the workloads and results of the files before it. */
export async function emptyCluster(): Promise<void> {
  const listed = await kubectl(['get', 'namespaces', '-o', 'jsonpath={.items[*].metadata.name}']);
  const made = listed.split(' ').filter((name) => name !== 'default' && !name.startsWith('kube-'));
  if (made.length > 0) await kubectl(['delete', 'namespace', '--ignore-not-found', '--timeout=240s', ...made]);
}

/** Waits until the result's status is as wanted. @throws Error with the difference, after a minute */
export async function statusBecomes(
  namespace: string,
  name: string,
  wanted: Partial<XrayScanResultStatus>,
): Promise<XrayScanResultStatus> {
  return eventually(async () => {
    const { status = {} } = await read<XrayScanResult>('xscan', namespace, name);
    expect(status).toMatchObject(wanted);
    return status;
  }, SOON);
}

interface Generation {
  readonly metadata: { readonly generation: number };
}

/** Changes the connection, and waits until the operator goes by it. */
export async function reconnect(url: string, spec: object = {}): Promise<void> {
  await apply(aConnection(url, spec));
  await eventually(async () => {
    const { metadata, status } = await read<XrayConnection & Generation>('xconn', '', 'default');
    expect(status?.observedGeneration).toBe(metadata.generation);
  }, SOON);
}

/** @returns undefined where there is no such workload */
export async function replicasOf(kind: ScalableKind, namespace: string, name: string): Promise<number | undefined> {
  try {
    return (await read<{ spec: { replicas: number } }>(kind, namespace, name)).spec.replicas;
  } catch (error) {
    if (isApiError(error, 'NotFound')) return undefined;
    throw error;
  }
}

interface Told {
  readonly reason: string;
  readonly eventTime: string;
}

/** The reasons of the operator's Events on a workload, oldest first. */
export async function eventReasons(namespace: string, kind: string, name: string): Promise<readonly string[]> {
  const fieldSelector = `regarding.kind=${kind},regarding.name=${name},reportingController=kubexray.io/operator`;
  const found = await readAll<Told>('events.events.k8s.io', namespace, { fieldSelector });
  return found.toSorted((a, b) => a.eventTime.localeCompare(b.eventTime)).map(({ reason }) => reason);
}

/** What a user applies (its Deployment is played by kwok, so it does nothing), the Secret and the connection. */
export async function installOperator(xrayUrl: string): Promise<void> {
  await kubectl(['apply', '--server-side', '--validate=strict', '-k', 'config/default']);
  await kubectl(['wait', '--for=condition=Established', '--timeout=30s', 'crd', '--all']);
  await apply(
    {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'xray', namespace: OPERATOR_NAMESPACE },
      stringData: { accessToken: TOKEN },
    },
    aConnection(xrayUrl),
  );
}
