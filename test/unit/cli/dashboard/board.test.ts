import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { Board } from '../../../../src/cli/dashboard/board.js';
import type { Item, Update } from '../../../../src/cli/dashboard/item.js';
import { aWorkloadItem } from './a-line.js';

describe('who looks on', () => {
  test('is told everything first, and then only what changed', () => {
    const board = new Board('shop');
    const [web, job] = [aWorkloadItem({ name: 'web' }), aWorkloadItem({ name: 'job' })];
    board.put(web);
    board.put(job);
    const { take } = board.subscribe();
    expect(take()).toEqual({ whole: true, namespace: 'shop', put: [web, job], gone: [], notes: [] });
    expect(take()).toBeUndefined();

    const changed = aWorkloadItem({ name: 'web', verdict: 'Violating' });
    board.put(changed);
    board.delete(job.id);
    expect(take()).toMatchObject({ whole: false, put: [changed], gone: [job.id] });
    expect(take()).toBeUndefined();
  });

  test('is told once of what changed many times meanwhile', () => {
    const board = new Board();
    const { take } = board.subscribe();
    take();
    for (let version = 1; version <= 1000; version++) board.put(aWorkloadItem({ version: String(version) }));
    expect(take()?.put).toMatchObject([{ line: { version: '1000' } }]);
  });

  test('is told of notes that are new, and of no others', () => {
    const board = new Board();
    const { take } = board.subscribe();
    take();
    board.note(['the API server is out of reach']);
    expect(take()).toMatchObject({ put: [], gone: [], notes: ['the API server is out of reach'] });
    board.note(['the API server is out of reach']);
    expect(take()).toBeUndefined();
    board.note([]);
    expect(take()).toMatchObject({ notes: [] });
  });

  test('is woken by a change, also by one between two looks', async () => {
    const board = new Board();
    const subscription = board.subscribe();
    subscription.take();
    board.put(aWorkloadItem());
    await subscription.changed;
    subscription.take();
    const { changed } = subscription;
    board.put(aWorkloadItem({ version: '2' }));
    await changed;
  });

  test('and has left is told nothing', () => {
    const board = new Board();
    const { take, close } = board.subscribe();
    take();
    close();
    board.put(aWorkloadItem());
    expect(take()).toBeUndefined();
  });
});

test('whatever happens and whenever one looks, the updates add up to what there is', () => {
  const step = fc.oneof(
    fc.record({ put: fc.nat(5), version: fc.nat(9) }),
    fc.record({ gone: fc.nat(5) }),
    fc.constant('look' as const),
  );
  fc.assert(
    fc.property(fc.array(step), (steps) => {
      const board = new Board();
      const { take } = board.subscribe();
      const [real, seen] = [new Map<string, Item>(), new Map<string, Item>()];
      const look = (update: Update | undefined): void => {
        for (const id of update?.gone ?? []) seen.delete(id);
        for (const item of update?.put ?? []) seen.set(item.id, item);
      };
      for (const one of steps) {
        if (one === 'look') look(take());
        else if ('put' in one) {
          const item = aWorkloadItem({ name: `w${one.put}`, version: String(one.version) });
          real.set(item.id, item);
          board.put(item);
        } else {
          const { id } = aWorkloadItem({ name: `w${one.gone}` });
          real.delete(id);
          board.delete(id);
        }
      }
      look(take());
      expect(seen).toEqual(real);
    }),
  );
});
