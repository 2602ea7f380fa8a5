// config: whether traces are wanted, by the environment variables that OpenTelemetry has for it everywhere. Only then is the rest of it
// loaded: it takes memory and time at the start, and most have no use for it.

export type TracingWanted =
  | { readonly kind: 'no' }
  /** It was asked for in a way that is not served; `why` says what to do. */
  | { readonly kind: 'cannot'; readonly why: string }
  | { readonly kind: 'yes'; readonly protocol: OtlpProtocol };

const OTLP_PROTOCOLS = ['http/protobuf', 'http/json'] as const;
export type OtlpProtocol = (typeof OTLP_PROTOCOLS)[number];

type Environment = Readonly<Record<string, string | undefined>>;

/** An empty variable counts as none, as the specification has it. */
export function tracingWanted(environment: Environment): TracingWanted {
  const of = (name: string): string => (environment[name] ?? '').trim();
  const exporter = of('OTEL_TRACES_EXPORTER');
  const endpoint = of('OTEL_EXPORTER_OTLP_TRACES_ENDPOINT') || of('OTEL_EXPORTER_OTLP_ENDPOINT');
  if (of('OTEL_SDK_DISABLED').toLowerCase() === 'true' || exporter === 'none') return { kind: 'no' };
  // Without a word nobody wants them: the specification's default would send to localhost, where nothing listens in a pod.
  if (exporter === '' && endpoint === '') return { kind: 'no' };
  if (exporter !== '' && exporter !== 'otlp')
    return { kind: 'cannot', why: `OTEL_TRACES_EXPORTER takes otlp or none, not "${exporter}"` };
  return byProtocol(of('OTEL_EXPORTER_OTLP_TRACES_PROTOCOL') || of('OTEL_EXPORTER_OTLP_PROTOCOL') || 'http/protobuf');
}

function byProtocol(asked: string): TracingWanted {
  const protocol = OTLP_PROTOCOLS.find((one) => one === asked);
  if (protocol === undefined)
    return {
      kind: 'cannot',
      why: `OTEL_EXPORTER_OTLP_PROTOCOL takes ${OTLP_PROTOCOLS.join(' or ')}, not "${asked}"; collectors take both on port 4318`,
    };
  return { kind: 'yes', protocol };
}
