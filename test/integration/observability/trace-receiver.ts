// A collector for tests: takes traces by OTLP over HTTP, as protobuf or JSON, compressed or not, and keeps them.
import { readFileSync } from 'node:fs';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import { gunzipSync } from 'node:zlib';
import protobuf from 'protobufjs';

export interface ReceivedSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  readonly attributes: Readonly<Record<string, string | number | boolean>>;
  readonly isError: boolean;
}

export interface TraceReceiver {
  readonly url: string;
  readonly spans: readonly ReceivedSpan[];
  /** As they came. */
  readonly bodies: readonly string[];
  readonly resources: readonly Readonly<Record<string, string | number | boolean>>[];
  /** `content-type`, and the compression where there is one. */
  readonly forms: ReadonlySet<string>;
  close(): Promise<void>;
}

interface Attribute {
  readonly key: string;
  readonly value: {
    readonly stringValue?: string;
    readonly intValue?: number | string;
    readonly doubleValue?: number;
    readonly boolValue?: boolean;
  };
}

interface Traces {
  readonly resourceSpans: readonly {
    readonly resource: { readonly attributes: readonly Attribute[] };
    readonly scopeSpans: readonly {
      readonly spans: readonly (Omit<ReceivedSpan, 'attributes' | 'isError'> & {
        readonly attributes: readonly Attribute[];
        readonly status?: { readonly code?: number };
      })[];
    }[];
  }[];
}

const ERROR = 2;
const ofProtobuf = protobuf
  .parse(readFileSync(new URL('otlp.proto', import.meta.url), 'utf8'))
  .root.lookupType('ExportTraceServiceRequest');

/** Protobuf in the form that JSON has: ids in hex, and what is absent empty. */
function tracesOf(body: Buffer, contentType: string | undefined): Traces {
  if (contentType === 'application/json')
    // eslint-disable-next-line @typescript-eslint/no-unsafe-type-assertion -- the form of OTLP in JSON
    return JSON.parse(body.toString('utf8')) as Traces;
  if (contentType !== 'application/x-protobuf') throw new Error(`not OTLP: ${String(contentType)}`);
  const read = ofProtobuf.toObject(ofProtobuf.decode(body), { longs: String, arrays: true, defaults: false });
  // eslint-disable-next-line @typescript-eslint/no-unsafe-type-assertion -- the same, by otlp.proto
  return JSON.parse(JSON.stringify(read, hexOfBytes)) as Traces;
}

/** Buffers come here as `{type, data}`. */
function hexOfBytes(_key: string, value: unknown): unknown {
  const bytes = typeof value === 'object' && value !== null && 'data' in value ? value.data : undefined;
  return Array.isArray(bytes) ? Buffer.from(bytes).toString('hex') : value;
}

/** @param answers whether it says anything at all */
export async function startTraceReceiver({
  answers = true,
}: { readonly answers?: boolean } = {}): Promise<TraceReceiver> {
  const spans: ReceivedSpan[] = [];
  const bodies: string[] = [];
  const resources: Readonly<Record<string, string | number | boolean>>[] = [];
  const forms = new Set<string>();
  const take = (sent: Buffer, headers: IncomingHttpHeaders): void => {
    const { 'content-type': type, 'content-encoding': encoding } = headers;
    const body = encoding === 'gzip' ? gunzipSync(sent) : sent;
    forms.add([type, encoding].filter((part) => part !== undefined).join(' '));
    bodies.push(body.toString('utf8'));
    for (const { resource, scopeSpans } of tracesOf(body, type).resourceSpans) {
      resources.push(valuesOf(resource.attributes));
      for (const span of scopeSpans.flatMap((scope) => scope.spans))
        spans.push({ ...span, attributes: valuesOf(span.attributes), isError: span.status?.code === ERROR });
    }
  };
  const server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      if (request.url === '/v1/traces') take(Buffer.concat(parts), request.headers);
      // An empty answer of OTLP is no bytes as protobuf, and {} as JSON.
      const type = request.headers['content-type'] ?? '';
      if (answers) response.writeHead(200, { 'content-type': type }).end(type.endsWith('json') ? '{}' : '');
    });
  });
  return { url: await listening(server), spans, bodies, resources, forms, close: async () => closed(server) };
}

function valuesOf(attributes: readonly Attribute[]): ReceivedSpan['attributes'] {
  return Object.fromEntries(
    attributes.map(({ key, value: { stringValue, intValue, doubleValue, boolValue } }) => [
      key,
      stringValue ?? boolValue ?? doubleValue ?? Number(intValue),
    ]),
  );
}

async function listening(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('it listens on no port');
  return `http://127.0.0.1:${address.port}`;
}

async function closed(server: Server): Promise<void> {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
}
