// watch: what comes as JSON: an event a line, and a page of a list as one text that is never held whole.
import type { ResourceTraits } from '../resource/resource.js';
import { LineCutter } from './lines.js';
import { eventWithoutManagedFields, objectWithoutManagedFields } from './managed-fields.js';
import { PageCutter } from './page-cutter.js';
import { parseObject, parseWatchLine } from './watch-event.js';
import { making, makingPage, type WireFormat } from './wire-format.js';

export function jsonFormat({ dropsManagedFields }: Pick<ResourceTraits, 'dropsManagedFields'>): WireFormat {
  return {
    events: () =>
      making(new LineCutter(), (line) => parseWatchLine(dropsManagedFields ? eventWithoutManagedFields(line) : line)),
    page: () =>
      makingPage(new PageCutter(), (text) => parseObject(dropsManagedFields ? objectWithoutManagedFields(text) : text)),
  };
}
