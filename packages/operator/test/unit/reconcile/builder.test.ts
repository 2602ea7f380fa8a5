/* eslint-disable @typescript-eslint/no-unsafe-type-assertion -- handlers are found by the resource that they were given for */
import { describe, expect, test } from '@jest/globals';
import type { EchoHandler, Handler } from '../../../src/cache/shared-cache.js';
import type { ResourceEvent, Store } from '../../../src/cache/store.js';
import { emptyView } from '../../../src/cache/view.js';
import { type Writer } from '../../../src/client/writer.js';
import { ControllerBuilder, type ControllerHost } from '../../../src/reconcile/builder.js';
import { Controller } from '../../../src/reconcile/controller.js';
import { predicates } from '../../../src/reconcile/predicates.js';
import type { Result } from '../../../src/reconcile/result.js';
import { controllerOf, type OwnerReference } from '../../../src/resource/owner.js';
import { type Kept, resource, type Resource } from '../../../src/resource/resource.js';
import { FakeClock } from '../../../src/testing/fake-clock.js';
import { silentLogger } from '../../../src/telemetry/logger.js';

interface Wire {
  readonly metadata?: {
    readonly annotations?: Readonly<Record<string, string>>;
    readonly ownerReferences?: readonly (OwnerReference & { readonly controller?: boolean })[];
  };
}

const at = { group: 'example.com', version: 'v1', namespaced: true };
const sites = resource<Wire>({ ...at, plural: 'sites', kind: 'Site' }).project(({ metadata }) => ({
  annotations: metadata?.annotations ?? {},
}));
const pages = resource<Wire>({ ...at, plural: 'pages', kind: 'Page' }).project((wire) => ({
  owner: controllerOf(wire),
}));

type Site = ReturnType<typeof sites.keep>;

/** The manager in small: handlers by resource, and keys in the order in which they come to the queue. */
class Host implements ControllerHost {
  readonly queued: string[] = [];
  readonly causes: (string | undefined)[] = [];
  readonly takenBack: string[] = [];
  readonly #echoes = new Map<object, EchoHandler[]>();
  readonly #handlers = new Map<object, Handler<never>[]>();

  watch<T extends Kept, I extends string>(of: Resource<T, I>, handler: Handler<T>): void {
    this.#handlers.set(of, [...(this.#handlers.get(of) ?? []), handler]);
  }

  tell<T extends Kept, I extends string>(of: Resource<T, I>, event: ResourceEvent<T>): void {
    for (const handler of this.#handlers.get(of) ?? []) handler(event as ResourceEvent<never>);
  }

  watchEchoes<T extends Kept, I extends string>(of: Resource<T, I>, handler: EchoHandler): void {
    this.#echoes.set(of, [...(this.#echoes.get(of) ?? []), handler]);
  }

  echo<T extends Kept, I extends string>(of: Resource<T, I>, ...[object, origin]: Parameters<EchoHandler>): void {
    for (const handler of this.#echoes.get(of) ?? []) handler(object, origin);
  }

  store<T extends Kept, I extends string>(): Store<T, I> {
    return {
      get: () => undefined,
      list: () => emptyView(),
      byIndex: () => emptyView(),
      size: 0,
      isSynced: true,
      synced: Promise.resolve(undefined),
    };
  }

  writerFor(): Writer {
    throw new Error('no pass runs in these tests');
  }

  start(
    name: string,
    ...[limits, , reconcile]: Parameters<ControllerHost['start']> extends [string, ...infer R] ? R : never
  ): Controller {
    const nothing = (): undefined => undefined;
    const controller = new Controller(name, limits, reconcile, {
      clock: new FakeClock(),
      log: silentLogger,
      limiter: { failed: () => 0, forget: nothing },
      passes: { passed: nothing, timedOut: nothing, programFault: nothing, retried: nothing },
      queue: { added: nothing, taken: nothing, worked: nothing },
    });
    controller.enqueue = (key, options) => {
      const { priority = 0, cause } = options ?? {};
      this.queued.push(`${key} ${priority}`);
      this.causes.push(cause);
    };
    controller.takeBack = (key, cause) => this.takenBack.push(`${key} ${cause}`);
    return controller;
  }
}

function declared(
  declare: (builder: ControllerBuilder) => { reconcile: (pass: () => Promise<Result>) => Controller },
): Host {
  const host = new Host();
  declare(
    new ControllerBuilder<never>({ name: 'site', host, primary: undefined, attached: [], options: {} }),
  ).reconcile(async () => ({}));
  return host;
}

const metadata = { namespace: 'ns', name: 'a', uid: 'u', resourceVersion: '1', generation: 1 };
const site = sites.keep({ metadata });

function update(change: Partial<Site>): ResourceEvent<Site> {
  return { type: 'update', old: site, object: { ...site, resourceVersion: '2', ...change }, initial: false };
}

function pageOf(...owners: readonly string[]): ReturnType<typeof pages.keep> {
  const refs = owners.map((kind) => ({ apiVersion: 'example.com/v1', kind, name: 'mine', uid: 'u', controller: true }));
  return pages.keep({ metadata: { ...metadata, ownerReferences: refs } as typeof metadata });
}

describe('a controller', () => {
  test('hears of its objects; what the first list brings waits behind', () => {
    const host = declared((builder) => builder.for(sites));
    host.tell(sites, { type: 'add', object: site, initial: true });
    host.tell(sites, { type: 'add', object: site, initial: false });
    host.tell(sites, { type: 'update', object: site, old: site, initial: false });
    host.tell(sites, { type: 'delete', object: site, initial: false });
    expect(host.queued).toEqual(['ns/a -100', 'ns/a 0', 'ns/a -100', 'ns/a 0']);
  });

  test('hears of what its objects own, by kind and group', () => {
    const host = declared((builder) => builder.for(sites).owns(pages));
    host.tell(pages, { type: 'add', object: pageOf('Site'), initial: false });
    host.tell(pages, { type: 'add', object: pageOf('Other'), initial: false });
    host.tell(pages, { type: 'add', object: pageOf(), initial: false });
    expect(host.queued).toEqual(['ns/mine 0']);
  });

  test('hears of what it watches, by the former state of a changed object too', () => {
    const host = declared((builder) =>
      builder.watches(sites, {
        map: ({ annotations }) => (annotations['of'] === undefined ? [] : [annotations['of']]),
      }),
    );
    host.tell(sites, {
      type: 'update',
      old: { ...site, annotations: { of: 'before' } },
      object: { ...site, annotations: { of: 'after' } },
      initial: false,
    });
    expect(host.queued).toEqual(['after 0', 'before 0']);
  });

  test('does not hear of what the same pass wrote, and hears of what another one did', () => {
    const host = declared((builder) => builder.for(sites));
    for (const origin of [
      { controller: 'site', key: 'ns/a' },
      { controller: 'site', key: 'ns/b' },
      { controller: 'other', key: 'ns/a' },
    ])
      host.tell(sites, { ...update({}), origin });
    expect(host.queued).toEqual(['ns/a 0', 'ns/a 0']);
  });

  test('takes back what the echo of its own pass brought, where that came before the answer', () => {
    const host = declared((builder) => builder.for(sites));
    host.tell(sites, update({}));
    host.echo(sites, { ...site, resourceVersion: '2' }, { controller: 'other', key: 'ns/a' });
    expect(host.takenBack).toEqual([]);
    host.echo(sites, { ...site, resourceVersion: '2' }, { controller: 'site', key: 'ns/a' });
    expect(host.takenBack).toEqual([`ns/a ${host.causes[0]}`]);
  });

  test('can be declared for one resource only, and before what it owns', () => {
    expect(() => declared((builder) => builder.for(sites).for(pages))).toThrow('is for sites.example.com already');
    expect(() => declared((builder) => builder.owns(pages))).toThrow('say first what it is for');
  });
});

describe('predicates', () => {
  const { generationChanged, labelsChanged, annotationsChanged, resourceVersionChanged, and, or, not } = predicates;

  test.each([
    ['generation', generationChanged, { generation: 2 }],
    ['labels', labelsChanged, { labels: { app: 'x' } }],
    ['annotations', annotationsChanged, { annotations: { note: 'x' } }],
    ['resourceVersion', resourceVersionChanged, { resourceVersion: '3' }],
  ] as const)('%s: its own change passes, another does not, what comes or goes always does', (_, holds, change) => {
    expect(holds(update(change))).toBe(true);
    expect(holds(update({ resourceVersion: '1' }))).toBe(false);
    expect(holds({ type: 'add', object: site, initial: false })).toBe(true);
    expect(holds({ type: 'delete', object: site, initial: false })).toBe(true);
  });

  test('and, or, not', () => {
    const both = update({ generation: 2, labels: { app: 'x' } });
    const one = update({ generation: 2 });
    expect(and(generationChanged, labelsChanged)(both)).toBe(true);
    expect(and(generationChanged, labelsChanged)(one)).toBe(false);
    expect(or(generationChanged, labelsChanged)(one)).toBe(true);
    expect(not(generationChanged)(one)).toBe(false);
  });

  test('keep an event from the queue', () => {
    const host = declared((builder) => builder.for(sites, { when: or(generationChanged, annotationsChanged) }));
    host.tell(sites, update({ labels: { app: 'x' } }));
    host.tell(sites, update({ annotations: { note: 'x' } }));
    expect(host.queued).toEqual(['ns/a 0']);
  });
});
