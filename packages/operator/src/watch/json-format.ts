// watch: what comes as JSON: an event a line, and a page of a list as one text that is never held whole.
import type { ResourceTraits, WireObject } from '../resource/resource.js';
import { LineCutter } from './lines.js';
import { eventWithoutManagedFields, objectWithoutManagedFields } from './managed-fields.js';
import { PageCutter, type PageMetadata } from './page-cutter.js';
import { parseObject, parseWatchLine, type WatchEvent } from './watch-event.js';
import type { Cutter, PageReader, WireFormat } from './wire-format.js';

type Traits = Pick<ResourceTraits, 'dropsManagedFields'>;

export class JsonFormat implements WireFormat {
  readonly #traits: Traits;

  constructor(traits: Traits) {
    this.#traits = traits;
  }

  events(): Cutter<WatchEvent> {
    return new Events(this.#traits);
  }

  page(): PageReader {
    return new Page(this.#traits);
  }
}

class Events implements Cutter<WatchEvent> {
  readonly #lines = new LineCutter();
  readonly #traits: Traits;

  constructor(traits: Traits) {
    this.#traits = traits;
  }

  *cut(chunk: Buffer): Generator<WatchEvent> {
    for (const line of this.#lines.cut(chunk))
      yield parseWatchLine(this.#traits.dropsManagedFields ? eventWithoutManagedFields(line) : line);
  }
}

class Page implements PageReader {
  readonly #objects = new PageCutter();
  readonly #traits: Traits;

  constructor(traits: Traits) {
    this.#traits = traits;
  }

  *cut(chunk: Buffer): Generator<WireObject> {
    for (const text of this.#objects.cut(chunk))
      yield parseObject(this.#traits.dropsManagedFields ? objectWithoutManagedFields(text) : text);
  }

  end(): PageMetadata {
    return this.#objects.end();
  }
}
