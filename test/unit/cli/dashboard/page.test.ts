// What the page reckons by itself: what it shows after an update, what passes its filters, and which view an address stands for.
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { EventCutter } from '../../../../src/cli/dashboard/page/event-lines.js';
import { choicesOf, everything, matching } from '../../../../src/cli/dashboard/page/filter.js';
import { routeOf, workloadPath, workloadsPath } from '../../../../src/cli/dashboard/page/route.js';
import { nothing, shownAfter } from '../../../../src/cli/dashboard/page/shown.js';
import { byWorst } from '../../../../src/cli/status/overview.js';
import type { Item } from '../../../../src/cli/dashboard/item.js';
import { aLine, anUpdate, aWorkloadItem } from './a-line.js';

const policy = (ready: string, version = '1'): Item => ({
  kind: 'Policy',
  id: 'XrayPolicy shop/base',
  line: { kind: 'XrayPolicy', name: 'shop/base', ready, reason: 'Valid', message: '', version },
});
const exception = (version: string): Item => ({ kind: 'Exception', id: 'Exception a', line: { name: 'a', version } });

describe('what is shown after an update', () => {
  test('the worst first, whatever came when', () => {
    const update = fc.record({
      whole: fc.boolean(),
      put: fc.array(
        fc.record({ name: fc.nat(9), critical: fc.nat(3), action: fc.constantFrom('Held', 'None', 'ScaledDown') }),
      ),
      gone: fc.array(fc.nat(9)),
    });
    fc.assert(
      fc.property(fc.array(update), (updates) => {
        let shown = nothing;
        for (const { whole, put, gone } of updates) {
          const items = put.map(({ name, ...line }) => aWorkloadItem({ ...line, name: `w${name}` }));
          const ids = gone.map((name) => aWorkloadItem({ name: `w${name}` }).id);
          const isPut = new Set(items.map(({ id }) => id));
          const last = [...new Map(items.map((item) => [item.id, item])).values()];
          shown = shownAfter(shown, anUpdate({ whole, put: last, gone: ids.filter((id) => !isPut.has(id)) }));
        }
        const lines = [...shown.items.values()].flatMap((item) => (item.kind === 'Workload' ? [item.line] : []));
        expect(shown.workloads).toEqual(lines.sort(byWorst));
      }),
    );
  });

  test('what has not changed stays the same object, so that nothing is reckoned again', () => {
    const before = shownAfter(nothing, anUpdate({ whole: true, put: [aWorkloadItem(), policy('True')] }));
    const after = shownAfter(before, anUpdate({ put: [policy('False')] }));
    expect(after.workloads).toBe(before.workloads);
    expect(after.policies).toMatchObject([{ ready: 'False' }]);
    expect(shownAfter(after, anUpdate({ put: [aWorkloadItem()] })).policies).toBe(after.policies);
  });

  test('a changed rule is counted, a changed workload is not', () => {
    const start = shownAfter(nothing, anUpdate({ whole: true }));
    const steps = [[aWorkloadItem()], [policy('True')], [exception('1')], [aWorkloadItem({ version: '2' })]];
    let shown = start;
    const counts = steps.map((put) => (shown = shownAfter(shown, anUpdate({ put }))).rules - start.rules);
    expect(counts).toEqual([0, 1, 2, 2]);
    expect(shownAfter(shown, anUpdate({ gone: [exception('1').id] })).rules - start.rules).toBe(3);
  });

  test('a whole one leaves nothing of before', () => {
    const before = shownAfter(nothing, anUpdate({ whole: true, put: [aWorkloadItem(), policy('True')] }));
    const after = shownAfter(before, anUpdate({ whole: true, put: [aWorkloadItem({ name: 'new' })] }));
    expect(after.workloads.map(({ name }) => name)).toEqual(['new']);
    expect(after.policies).toEqual([]);
  });
});

describe('filters', () => {
  const web = aLine({
    name: 'web',
    verdict: 'Violating',
    action: 'Held',
    images: ['acme/web:1'],
    policies: ['shop/base'],
  });
  const cms = aLine({ name: 'cms', namespace: 'blog', message: 'No rule is broken' });

  test.each([
    [{}, ['web', 'cms']],
    [{ namespace: 'blog' }, ['cms']],
    [{ verdict: 'Violating' }, ['web']],
    [{ action: 'None' }, ['cms']],
    [{ policy: 'shop/base' }, ['web']],
    [{ policy: 'shop/ba' }, []],
    [{ text: 'ACME' }, ['web']],
    [{ text: 'rule broken' }, ['cms']],
    [{ text: 'shop/web' }, ['web']],
    [{ text: 'web nothing' }, []],
    [{ text: '  ' }, ['web', 'cms']],
    [{ namespace: 'blog', verdict: 'Violating' }, []],
  ])('%j', (filter, names) => {
    expect(matching([web, cms], { ...everything, ...filter }).map(({ name }) => name)).toEqual(names);
  });

  test('offer what there is', () => {
    expect(choicesOf([web, cms])).toEqual({
      namespace: ['blog', 'shop'],
      verdict: ['Compliant', 'Violating'],
      action: ['Held', 'None'],
      policy: ['shop/base'],
    });
  });
});

describe('addresses', () => {
  const at = (path: string): ReturnType<typeof routeOf> => routeOf(new URL(path, 'http://127.0.0.1'));

  test('a filter stands in them and comes out again', () => {
    const filter = fc.record({
      namespace: fc.string(),
      verdict: fc.string(),
      action: fc.string(),
      policy: fc.string(),
      text: fc.string(),
    });
    fc.assert(
      fc.property(filter, fc.integer({ min: 1, max: 999 }), (one, page) => {
        expect(at(workloadsPath(one, page))).toEqual({ view: 'workloads', filter: one, page });
      }),
    );
  });

  test('a workload does too, whatever its name', () => {
    // A segment of nothing but dots is no name of Kubernetes, and a URL leaves it out.
    const name = fc.string({ minLength: 1 }).filter((text) => !/^\.+$/u.test(text));
    fc.assert(
      fc.property(name, name, (namespace, result) => {
        expect(at(workloadPath({ namespace, result }))).toEqual({ view: 'workload', namespace, result });
      }),
    );
  });

  test.each([
    ['/', 'overview'],
    ['/workloads?page=0', 'workloads'],
    ['/workload/shop', 'nowhere'],
    ['/workload/shop/a/b', 'nowhere'],
    ['/workload/%E0%A4/x', 'workload'],
    ['/x', 'nowhere'],
  ])('%s is %s', (path, view) => {
    expect(at(path).view).toBe(view);
  });

  test.each(['0', '-1', '1.5', 'x', '1e99', ''])('page "%s" is the first', (page) => {
    expect(at(`/workloads?page=${page}`)).toMatchObject({ page: 1 });
  });
});

test('events are cut out of the stream wherever it is torn', () => {
  const text = 'data: {"a":1}\n\n: still here\n\ndata: {"b":2}\n\n';
  fc.assert(
    fc.property(fc.array(fc.nat(text.length), { maxLength: 8 }), (cuts) => {
      const cutter = new EventCutter();
      const at = [0, ...cuts.sort((a, b) => a - b), text.length];
      const pieces = at.slice(1).map((end, i) => text.slice(at[i], end));
      expect(pieces.flatMap((piece) => cutter.cut(piece))).toEqual(['{"a":1}', '{"b":2}']);
    }),
  );
});
