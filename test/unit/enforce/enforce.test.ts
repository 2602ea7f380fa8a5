import { describe, expect, test } from '@jest/globals';
import { KubeApiError } from '@dot-kube/operator';
import { enforce, type WorkloadClient } from '../../../src/enforce/enforce.js';
import type { Change } from '../../../src/plan/plan.js';
import type { Note } from '../../../src/plan/note.js';
import { aDigest, aTarget, now } from '../../builders/builders.js';

const { signal } = new AbortController();
const note: Note = {
  before: { by: 'replicas', replicas: 3 },
  at: now.toISOString(),
  attempts: 1,
  policy: 'shop/base',
  digests: { 'shop/web:1': aDigest() },
};
const revisions = { from: { name: 'web-2', number: 2 }, to: { name: 'web-1', number: 1 } };
const changes: Readonly<Record<Change['kind'], Change>> = {
  ScaleDown: { kind: 'ScaleDown', note },
  RollBack: {
    kind: 'RollBack',
    note: { ...revisions, at: note.at, policy: note.policy, digests: [aDigest()] },
    template: {},
  },
  Delete: { kind: 'Delete', budgets: [] },
  Restore: { kind: 'Restore', note },
  Forget: { kind: 'Forget', note },
};
const kinds = Object.values(changes).map((change): [Change['kind'], Change] => [change.kind, change]);

/** Of one object, as the API server has it now. */
class OneObject implements WorkloadClient {
  /** What was let through. */
  readonly writes: string[] = [];
  readonly #now: { readonly uid: string; readonly resourceVersion: string };

  constructor(now: { readonly uid: string; readonly resourceVersion: string }) {
    this.#now = now;
  }

  readonly get: WorkloadClient['get'] = () => {
    throw new Error('nothing is read');
  };

  readonly patch: WorkloadClient['patch'] = async (_, __, { body }) => {
    this.#write('patch', body instanceof Object && 'metadata' in body ? body.metadata : undefined);
    return Promise.resolve({});
  };

  readonly delete: WorkloadClient['delete'] = async (_, __, options) => {
    this.#write('delete', options.preconditions);
    return Promise.resolve();
  };

  /** What is not said is not asked for: so the API server has it. */
  #write(verb: string, meant: unknown): void {
    const { uid, resourceVersion } = this.#now;
    const wrong = Object.entries({ uid, resourceVersion }).find(([name, value]) => {
      const said: unknown = meant instanceof Object ? Reflect.get(meant, name) : undefined;
      return said !== undefined && said !== value;
    });
    if (wrong !== undefined) throw new KubeApiError(409, 'Conflict', `the ${wrong[0]} is another by now`, {});
    this.writes.push(verb);
  }
}

describe('a change goes only onto what was looked at', () => {
  const target = aTarget();
  const { uid, resourceVersion } = target;

  test.each(kinds)('%s is made', async (kind, change) => {
    const client = new OneObject({ uid, resourceVersion });
    expect(await enforce(change, target, client, signal)).toEqual({ kind: 'done' });
    expect(client.writes).toEqual([kind === 'Delete' ? 'delete' : 'patch']);
  });

  test.each(kinds)('%s is not, once somebody has written to it', async (_, change) => {
    const client = new OneObject({ uid, resourceVersion: '77' });
    expect(await enforce(change, target, client, signal)).toEqual({ kind: 'outdated' });
    expect(client.writes).toEqual([]);
  });

  test.each(kinds)('%s is not, once there is another of its name', async (_, change) => {
    const client = new OneObject({ uid: 'of another', resourceVersion });
    expect(await enforce(change, target, client, signal)).toEqual({ kind: 'outdated' });
    expect(client.writes).toEqual([]);
  });
});
