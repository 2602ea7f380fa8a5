// watch: which of the two forms an answer is in. The answer decides, not the question.
import { isProtobuf } from '../protobuf/envelope.js';
import type { Watched } from '../resource/resource.js';
import { jsonFormat } from './json-format.js';
import { protobufFormat } from './protobuf-format.js';
import type { WireFormat } from './wire-format.js';

/** @param contentType of the answer: it may be JSON although protobuf was asked for */
export function formatOf({ shape, traits }: Watched, contentType: string | undefined): WireFormat {
  return shape !== undefined && isProtobuf(contentType) ? protobufFormat(shape) : jsonFormat(traits);
}
