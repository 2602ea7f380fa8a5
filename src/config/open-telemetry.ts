// config: traces by OpenTelemetry's own packages, sent to a collector (OTLP over HTTP). Loaded only where they are wanted (tracing-wanted.ts).
// That the collector is slow or away costs the operator nothing but the traces.
import { hostname } from 'node:os';
import { type Clock, type Logger, type Span, type Tracing, untraced } from '@dot-kube/operator';
import { context, type Span as OtelSpan, SpanStatusCode, trace, type Tracer } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { OTLPTraceExporter as JsonExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { OTLPTraceExporter as ProtobufExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import {
  defaultResource,
  detectResources,
  resourceAttributesEnvDetector,
  resourceFromAttributes,
  serviceNameEnvDetector,
} from '@opentelemetry/resources';
import {
  AlwaysOffSampler,
  AlwaysOnSampler,
  BatchSpanProcessor,
  type Sampler,
  type SpanExporter,
  TraceIdRatioBasedSampler,
  TracerProvider,
} from '@opentelemetry/sdk-trace';
import type { OtlpProtocol } from './tracing-wanted.js';

export interface StartedTracing {
  readonly tracing: Tracing;
  /** Sends what waits, for at most two seconds. @returns whether nothing is under way any more */
  readonly close: () => Promise<boolean>;
}

export interface TracingOptions {
  readonly protocol: OtlpProtocol;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly log: Logger;
  readonly clock: Clock;
}

const SERVICE = 'kubexray-operator';
const LONGEST_FLUSH_MS = 2_000;
const LONGEST_VALUE = 256;

/** Endpoint, headers, timeout, compression and certificates are read from OTEL_EXPORTER_OTLP_… by the exporter itself. */
export function startTracing({ protocol, environment, log, clock }: TracingOptions): StartedTracing {
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  const exporter = protocol === 'http/json' ? new JsonExporter() : new ProtobufExporter();
  const provider = new TracerProvider({
    resource: defaultResource()
      .merge(resourceFromAttributes({ 'service.name': SERVICE, 'service.instance.id': hostname() }))
      .merge(detectResources({ detectors: [resourceAttributesEnvDetector, serviceNameEnvDetector] })),
    sampler: samplerOf(environment, log),
    spanLimits: { attributeValueLengthLimit: LONGEST_VALUE, attributeCountLimit: 32 },
    spanProcessors: [new BatchSpanProcessor({ exporter: telling(exporter, log), ...batchesOf(environment) })],
  });
  log.info('traces are sent', { protocol });
  return {
    tracing: tracingBy(provider.getTracer(SERVICE)),
    close: async () => {
      const late = new AbortController();
      const closed = provider.shutdown().then(
        () => true,
        () => true, // it failed, and is over
      );
      const isClosed = await Promise.race([closed, clock.sleep(LONGEST_FLUSH_MS, late.signal).then(() => false)]).catch(
        () => false,
      );
      late.abort(new Error('the traces are sent'));
      return isClosed;
    },
  };
}

function tracingBy(tracer: Tracer): Tracing {
  const run: (root: boolean) => Tracing['begin'] = (root) => async (name, attributes, work) =>
    tracer.startActiveSpan(name, { attributes, root }, async (span) => {
      try {
        return await work(spanBy(span));
      } catch (error) {
        span.setStatus({ code: SpanStatusCode.ERROR });
        throw error;
      } finally {
        span.end();
      }
    });
  const [begin, continued] = [run(true), run(false)];
  return {
    begin,
    within: async (name, attributes, work) =>
      trace.getActiveSpan() === undefined ? untraced.within(name, attributes, work) : continued(name, attributes, work),
  };
}

function spanBy(span: OtelSpan): Span {
  return {
    set: (attributes) => {
      span.setAttributes(attributes);
    },
    fail: (why) => {
      span.setAttribute('error.type', why);
      span.setStatus({ code: SpanStatusCode.ERROR, message: why });
    },
  };
}

/** Says once that nothing can be sent, and once that it can again; what was not sent is let go. */
function telling(exporter: SpanExporter, log: Logger): SpanExporter {
  let isFailing = false;
  return {
    export: (spans, onResult) => {
      exporter.export(spans, (result) => {
        const { error } = result;
        if (error !== undefined && !isFailing) log.warn(`traces cannot be sent: ${error.message}`);
        if (error === undefined && isFailing) log.info('traces are sent again');
        isFailing = error !== undefined;
        onResult(result);
      });
    },
    shutdown: async () => exporter.shutdown(),
    forceFlush: async () => exporter.forceFlush?.(),
  };
}

/** Each trace begins here, so that the form `parentbased_…` is the same. */
function samplerOf(environment: TracingOptions['environment'], log: Logger): Sampler {
  const named = (environment['OTEL_TRACES_SAMPLER'] ?? '').trim();
  switch (named.replace(/^parentbased_/, '')) {
    case '':
    case 'always_on':
      return new AlwaysOnSampler();
    case 'always_off':
      return new AlwaysOffSampler();
    case 'traceidratio':
      return new TraceIdRatioBasedSampler(numberOf(environment['OTEL_TRACES_SAMPLER_ARG'], 0) ?? 1);
    default:
      log.warn(`OTEL_TRACES_SAMPLER "${named}" is not known; all is traced`);
      return new AlwaysOnSampler();
  }
}

type Batches = Partial<
  Record<'scheduledDelayMillis' | 'maxQueueSize' | 'maxExportBatchSize' | 'exportTimeoutMillis', number>
>;

function batchesOf(environment: TracingOptions['environment']): Batches {
  const given = {
    scheduledDelayMillis: numberOf(environment['OTEL_BSP_SCHEDULE_DELAY'], 0),
    maxQueueSize: numberOf(environment['OTEL_BSP_MAX_QUEUE_SIZE'], 1),
    maxExportBatchSize: numberOf(environment['OTEL_BSP_MAX_EXPORT_BATCH_SIZE'], 1),
    exportTimeoutMillis: numberOf(environment['OTEL_BSP_EXPORT_TIMEOUT'], 1),
  };
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
}

/** What cannot be read counts as not given, as the specification has it. */
function numberOf(text: string | undefined, min: number): number | undefined {
  const number = Number(text);
  return text === undefined || text.trim() === '' || !Number.isFinite(number) || number < min ? undefined : number;
}
