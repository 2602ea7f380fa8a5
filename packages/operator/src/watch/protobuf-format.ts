// watch: what comes as protobuf: events with their length before them, and a page of a list as one message that is never held whole.
import { statusError } from '../client/api-error.js';
import { unwrap } from '../protobuf/envelope.js';
import { bytes, nested, text } from '../protobuf/fields.js';
import { type Message, message } from '../protobuf/message.js';
import { bookmark, status } from '../protobuf/meta-v1.js';
import type { WireObject } from '../resource/resource.js';
import { FrameCutter } from './frames.js';
import { ProtobufPageCutter } from './protobuf-page-cutter.js';
import { END_OF_INITIAL_EVENTS, type WatchEvent } from './watch-event.js';
import { making, makingPage, type WireFormat } from './wire-format.js';

/** metav1.WatchEvent and the runtime.RawExtension in it. */
const watchEvent = message({ type: text(1, 'required'), object: nested(2, message({ raw: bytes(1) })) });

/** @param shape with what is kept of every object */
export function protobufFormat(shape: Message<object>): WireFormat {
  return {
    events: () => making(new FrameCutter(), (frame) => eventOf(frame, shape)),
    page: () => makingPage(new ProtobufPageCutter(), (object) => objectOf(object, shape)),
  };
}

function eventOf(frame: Buffer, shape: Message<object>): WatchEvent {
  const { type, object } = watchEvent.decode(frame);
  const raw = unwrap(object?.raw ?? NOTHING);
  switch (type) {
    case 'ADDED':
    case 'MODIFIED':
      return { type: 'put', object: objectOf(raw, shape) };
    case 'DELETED':
      return { type: 'delete', object: objectOf(raw, shape) };
    case 'BOOKMARK':
      return bookmarkOf(raw);
    default:
      return errorOf(raw, type);
  }
}

function bookmarkOf(raw: Buffer): WatchEvent {
  const { resourceVersion = '', annotations } = bookmark.decode(raw).metadata ?? {};
  return { type: 'bookmark', resourceVersion, endsInitial: annotations?.[END_OF_INITIAL_EVENTS] === 'true' };
}

function errorOf(raw: Buffer, type: string): WatchEvent {
  const told = status.decode(raw);
  const { code = 0, message: what = `the watch ended with an event of type ${JSON.stringify(type)}` } = told;
  return { type: 'error', error: statusError(told, { status: code, what, verb: 'watch' }) };
}

const NOTHING = Buffer.alloc(0); // which is no object: unwrap says so

function objectOf(raw: Buffer, shape: Message<object>): WireObject {
  // eslint-disable-next-line @typescript-eslint/no-unsafe-type-assertion -- the API server's object, by its own schema
  return shape.decode(raw) as WireObject;
}
