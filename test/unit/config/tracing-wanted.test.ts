import { expect, test } from '@jest/globals';
import { tracingWanted } from '../../../src/config/tracing-wanted.js';

const URL = 'http://collector:4318';

test.each([
  [{}, 'no'],
  [{ OTEL_SERVICE_NAME: 'mine' }, 'no'],
  [{ OTEL_EXPORTER_OTLP_ENDPOINT: '' }, 'no'],
  [{ OTEL_EXPORTER_OTLP_ENDPOINT: URL }, 'yes'],
  [{ OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: URL }, 'yes'],
  [{ OTEL_TRACES_EXPORTER: 'otlp' }, 'yes'],
  [{ OTEL_TRACES_EXPORTER: 'none', OTEL_EXPORTER_OTLP_ENDPOINT: URL }, 'no'],
  [{ OTEL_SDK_DISABLED: 'true', OTEL_EXPORTER_OTLP_ENDPOINT: URL }, 'no'],
  [{ OTEL_SDK_DISABLED: 'TRUE', OTEL_EXPORTER_OTLP_ENDPOINT: URL }, 'no'],
  [{ OTEL_SDK_DISABLED: 'no', OTEL_EXPORTER_OTLP_ENDPOINT: URL }, 'yes'],
  [{ OTEL_TRACES_EXPORTER: 'zipkin', OTEL_EXPORTER_OTLP_ENDPOINT: URL }, 'cannot'],
  [{ OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc', OTEL_EXPORTER_OTLP_ENDPOINT: URL }, 'cannot'],
])('%j: %s', (environment, kind) => {
  expect(tracingWanted(environment).kind).toBe(kind);
});

test('the protocol of traces goes before that of all', () => {
  const environment = { OTEL_EXPORTER_OTLP_ENDPOINT: URL, OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc' };
  expect(tracingWanted({ OTEL_EXPORTER_OTLP_ENDPOINT: URL })).toMatchObject({ protocol: 'http/protobuf' });
  expect(tracingWanted({ ...environment, OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: 'http/json' })).toEqual({
    kind: 'yes',
    protocol: 'http/json',
  });
});
