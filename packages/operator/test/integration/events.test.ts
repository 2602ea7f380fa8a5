// Events as people see them, on the real API server: told once, or told with a count.
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type EventInput, Manager, silentLogger } from '@dot-kube/operator';
import { eventually } from '@dot-kube/operator/testing';
import { Rig } from './rig.js';

const namespace = 'events';
const { signal } = new AbortController();
const events = {
  group: 'events.k8s.io',
  version: 'v1',
  plural: 'events',
  kind: 'Event',
  namespaced: true,
} as const;

interface WireEvent {
  readonly reportingController: string;
  readonly reportingInstance: string;
  readonly reason: string;
  readonly note: string;
  readonly series?: { readonly count: number };
}

let rig: Rig;

beforeAll(async () => {
  rig = await Rig.start(namespace);
  rig.run();
  await rig.store.synced;
}, 60_000);

afterAll(async () => {
  await rig.stop();
}, 60_000);

function about(reason: string, regarding: Partial<EventInput['regarding']> = {}): EventInput {
  return {
    regarding: { apiVersion: 'v1', kind: 'ConfigMap', namespace, name: 'thing', uid: 'some-uid', ...regarding },
    type: 'Warning',
    reason,
    action: 'Try',
    note: 'it failed',
  };
}

async function told(reason: string, where = namespace): Promise<WireEvent[]> {
  const all = await rig.admin.list<WireEvent>(events, { signal, namespace: where });
  return all.filter((event) => event.reason === reason);
}

test('what is recorded is there once, whoever records it again', async () => {
  const event = { ...about('Recorded'), once: 'the first time' };
  await rig.manager.events.record(event, signal);
  await rig.manager.events.record(event, signal);
  const { client } = rig.manager;

  const restarted = new Manager({
    client,
    log: silentLogger,
    name: 'example.com/rig',
    instance: 'after a restart',
  });
  await restarted.events.record(event, signal);
  expect(await told('Recorded')).toMatchObject([
    { reportingController: 'example.com/rig', reportingInstance: 'rig', note: 'it failed' },
  ]);
});

test('what happens again and again is one Event with a count', async () => {
  for (let i = 0; i < 5; i++) rig.manager.events.emit(about('Emitted'));
  await eventually(async () => {
    expect(await told('Emitted')).toMatchObject([{ series: { count: 5 } }]);
  });
});

test('an object whose name is none that an Event may have, and a note that is too long, are no hindrance', async () => {
  const role = { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRole', namespace: '', name: 'system:node' };
  const event = { ...about('Long', role), note: '…é'.repeat(1_000), once: 'x' };
  await rig.manager.events.record(event, signal);
  const [{ note } = { note: '' }] = await told('Long', 'default');
  expect(note.startsWith('…é')).toBe(true);
  expect(Buffer.byteLength(note)).toBeLessThanOrEqual(1_024);
});
