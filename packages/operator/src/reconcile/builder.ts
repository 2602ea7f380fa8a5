// reconcile: declares a controller as a sentence: for this resource, owning that one, watching a third, reconcile so.
import type { Origin, ResourceEvent, Store } from '../cache/store.js';
import type { EchoHandler, Handler } from '../cache/shared-cache.js';
import type { Writer } from '../client/writer.js';
import type { RetryLimits } from '../queue/rate-limiter.js';
import type { AddOptions } from '../queue/work-queue.js';
import { keyText, type ObjectKey, parseKey } from '../resource/coordinates.js';
import { type Owned, ownerKey } from '../resource/owner.js';
import type { Kept, Resource } from '../resource/resource.js';
import type { Controller, KeyPass, KeyReconciler, PassLimits } from './controller.js';
import type { Predicate } from './predicates.js';
import type { Result } from './result.js';

/** One pass of a reconciler over one key. */
export interface Pass<T = never> extends KeyPass {
  /** `namespace/name` of the object that the controller is for, or what a `map` gave. */
  readonly key: string;
  /** The object as the cache has it when the pass begins; undefined once it is gone, or where there is no `for`. */
  readonly object: T | undefined;
  /** Writes in the name of this pass: what it wrote does not bring its own key back. */
  readonly write: Writer;
}

/** Brings the world in step with what one key stands for. It may run again at any time, so it changes what differs. */
export type Reconciler<T = never> = (pass: Pass<T>) => Promise<Result>;

export interface ControllerOptions {
  /** Keys worked on at once; 4 by default. One key is never worked on twice at once. */
  readonly concurrency?: number;
  /** After which a pass is told to end; 60 s by default. Its key stays its own until it has ended. */
  readonly timeoutMs?: number;
  /** How failed keys wait: 5 ms · 2^n up to 1000 s each, together 10 a second after a burst of 100. */
  readonly retries?: RetryLimits;
}

/** What the builder needs of the manager. */
export interface ControllerHost {
  watch<T extends Kept, I extends string>(resource: Resource<T, I>, handler: Handler<T>): void;
  /** @param handler called for each write whose event came before its answer */
  watchEchoes<T extends Kept, I extends string>(resource: Resource<T, I>, handler: EchoHandler): void;
  store<T extends Kept, I extends string>(resource: Resource<T, I>): Store<T, I>;
  /** @param origin of what is written */
  writerFor(controller: string, signal: AbortSignal, origin: Origin): Writer;
  start(name: string, limits: PassLimits, retries: RetryLimits, reconcile: KeyReconciler): Controller;
}

/** Keys that an event brings to the queue. */
type Attach = (controller: Controller) => void;

interface Declared<T extends Kept> {
  readonly name: string;
  readonly host: ControllerHost;
  readonly primary: Resource<T, string> | undefined;
  readonly attached: readonly Attach[];
  readonly options: ControllerOptions;
}

/** What the first list and the regular look at everything bring waits behind what changes now. */
const BACKGROUND = -100;

export class ControllerBuilder<T extends Kept = never> {
  readonly #declared: Declared<T>;

  constructor(declared: Declared<T>) {
    this.#declared = declared;
  }

  /** The keys are those of this resource's objects, and each pass is given its object. */
  for<R extends Kept, I extends string>(
    resource: Resource<R, I>,
    { when }: { readonly when?: Predicate<R> } = {},
  ): ControllerBuilder<R> {
    const { name, host, primary, attached, options } = this.#declared;
    if (primary !== undefined) throw new Error(`controller ${name} is for ${primary.name} already`);
    const attach = attachment(host, resource, { when, map: (object) => [keyText(object)] });
    return new ControllerBuilder<R>({ name, host, primary: resource, attached: [...attached, attach], options });
  }

  /** A change of an object brings the key of its owner, where that is one that the controller is for. */
  owns<R extends Kept & Owned, I extends string>(
    resource: Resource<R, I>,
    { when }: { readonly when?: Predicate<R> } = {},
  ): ControllerBuilder<T> {
    const { name, host, primary } = this.#declared;
    if (primary === undefined) throw new Error(`controller ${name}: say first what it is for`);
    const map = (object: R): readonly ObjectKey[] => {
      const owner = ownerKey(object, primary.coordinates);
      return owner === undefined ? [] : [owner];
    };
    return this.#with({ attach: attachment(host, resource, { when, map }) });
  }

  /** @param map which keys a change of an object brings; of a changed object, those of its former state too */
  watches<R extends Kept, I extends string>(
    resource: Resource<R, I>,
    { map, when }: { readonly map: (object: R) => Iterable<string | ObjectKey>; readonly when?: Predicate<R> },
  ): ControllerBuilder<T> {
    return this.#with({ attach: attachment(this.#declared.host, resource, { when, map }) });
  }

  options(options: ControllerOptions): ControllerBuilder<T> {
    return this.#with({ options });
  }

  /** Ends the sentence. @returns the controller, to which keys can also be added by hand */
  reconcile(reconcile: Reconciler<T>): Controller {
    const { name, host, primary, attached, options } = this.#declared;
    const store = primary === undefined ? undefined : host.store(primary);
    const controller = host.start(
      name,
      { concurrency: options.concurrency ?? 4, timeoutMs: options.timeoutMs ?? 60_000 },
      options.retries ?? {},
      async ({ key, signal, ...pass }) =>
        reconcile({
          ...pass,
          key,
          signal,
          object: store?.get(parseKey(key)),
          write: host.writerFor(name, signal, { controller: name, key }),
        }),
    );
    for (const attach of attached) attach(controller);
    return controller;
  }

  #with({ attach, options }: { readonly attach?: Attach; readonly options?: ControllerOptions }): ControllerBuilder<T> {
    const { attached, options: before } = this.#declared;
    return new ControllerBuilder({
      ...this.#declared,
      attached: attach === undefined ? attached : [...attached, attach],
      options: { ...before, ...options },
    });
  }
}

interface Mapping<R> {
  readonly map: (object: R) => Iterable<string | ObjectKey>;
  readonly when: Predicate<R> | undefined;
}

function attachment<R extends Kept, I extends string>(
  host: ControllerHost,
  resource: Resource<R, I>,
  { map, when }: Mapping<R>,
): Attach {
  return (controller) => {
    host.watch(resource, (event) => {
      if (when?.(event) === false) return;
      const why = isBackground(event) ? { priority: BACKGROUND } : byItsCause(event);
      for (const key of keysOf(event, map)) if (!isOwn(event, controller, key)) controller.enqueue(key, why);
    });
    host.watchEchoes(resource, (object, origin) => {
      if (origin.controller === controller.name) controller.takeBack(origin.key, causeOf(object));
    });
  };
}

/** What is told late has the version of our own write, and is more than its echo. */
function byItsCause({ object, late }: ResourceEvent<Kept>): AddOptions {
  return late === true ? {} : { cause: causeOf(object) };
}

/** Each version of an object comes as one event. */
function causeOf({ uid, resourceVersion }: Pick<Kept, 'uid' | 'resourceVersion'>): string {
  return `${uid} ${resourceVersion}`;
}

function isBackground(event: ResourceEvent<unknown>): boolean {
  return event.initial || (event.type === 'update' && event.old === event.object);
}

function keysOf<R>(event: ResourceEvent<R>, map: Mapping<R>['map']): ReadonlySet<string> {
  const keys = new Set<string>();
  const objects = event.type === 'update' && event.old !== event.object ? [event.object, event.old] : [event.object];
  for (const object of objects) for (const key of map(object)) keys.add(typeof key === 'string' ? key : keyText(key));
  return keys;
}

/** The pass that wrote it knows what it wrote. */
function isOwn({ origin }: ResourceEvent<unknown>, { name }: Controller, key: string): boolean {
  return origin?.controller === name && origin.key === key;
}
