// What a running operator shows to those who watch it: metrics, log and traces; of the bundle, with the rights of config/rbac.
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { eventually } from '@dot-kube/operator/testing';
import { digestOf } from '../../cluster/digest.js';
import { kubectl } from '../../cluster/kubectl.js';
import { documentedMetrics } from '../../documented-metrics.js';
import { type SimulatorProcess, startSimulatorProcess } from '../../xray-simulator/process.js';
import { aNamespace, anXrayException, anXrayPolicy } from '../../builders/manifests.js';
import { apply, emptyCluster, installOperator, OPERATOR_NAMESPACE, statusBecomes, TOKEN } from '../harness.js';
import { workloadOfKind } from '../kind-manifests.js';
import { type ProxiedOperator, startProxiedOperator } from '../proxied-operator.js';
import { type Scrape, scrape } from './scrape.js';
import { type ReceivedSpan, startTraceReceiver, type TraceReceiver } from './trace-receiver.js';

const BAD = 'watched/web:bad';
const NAMESPACE = 'watched';
const OTHER = 'watched-too';

let simulator: SimulatorProcess;
let collector: TraceReceiver;
let operator: ProxiedOperator;
let port = 0;

beforeAll(async () => {
  collector = await startTraceReceiver();
  simulator = await startSimulatorProcess({ token: TOKEN });
  const issue = { issue_id: 'XRAY-1', summary: 'overflow', severity: 'Critical' };
  await simulator.put(digestOf(BAD), { issues: [issue] });
  await emptyCluster(); // the figures are of the whole cluster
  await installOperator(simulator.url);
  await kubectl(['delete', 'deployment', 'kubexray-operator', '-n', OPERATOR_NAMESPACE]); // it would count as well
  await apply(aNamespace(NAMESPACE), aNamespace(OTHER));
  const enforce = { mode: 'Enforce', security: { actions: { deployments: 'ScaleDown' } } };
  await apply(
    anXrayPolicy(NAMESPACE, enforce),
    anXrayPolicy(OTHER, { ...enforce, mode: 'Audit' }),
    anXrayException(OTHER, { vulnerabilities: ['CVE-2026-9999'] }),
    workloadOfKind('Deployment', NAMESPACE, BAD),
    workloadOfKind('Deployment', OTHER, BAD),
  );
  await start();
  await statusBecomes(NAMESPACE, 'deployment-web', { action: 'ScaledDown' });
  await statusBecomes(OTHER, 'deployment-web', { action: 'Audited' });
}, 360_000);

afterAll(async () => {
  await stop();
  await simulator.close();
  await collector.close();
}, 30_000);

const traced = (url: string): Readonly<Record<string, string>> => ({
  OTEL_EXPORTER_OTLP_ENDPOINT: url,
  OTEL_EXPORTER_OTLP_HEADERS: 'authorization=secret-of-the-collector',
  OTEL_RESOURCE_ATTRIBUTES: 'deployment.environment.name=test',
  OTEL_SERVICE_NAME: 'kubexray-test',
  OTEL_BSP_SCHEDULE_DELAY: '100',
});

async function start(url = collector.url, how: Readonly<Record<string, string>> = {}): Promise<void> {
  operator = await startProxiedOperator({
    onAnswer: () => undefined,
    args: ['--log-level', 'debug'],
    env: { ...traced(url), ...how },
  });
  await operator.process.inStep();
  const started = linesOf(operator.process.log()).find(({ message }) => message === 'the caches are in step');
  const [, metricsPort] = Array.isArray(started?.['ports']) ? started['ports'].map(Number) : [];
  port = metricsPort ?? 0;
}

async function stop(): Promise<void> {
  await operator.process.stop();
  await operator.close();
}

type Line = Readonly<Record<string, unknown>> & { readonly message: string; readonly level: string };

function linesOf(log: string): readonly Line[] {
  const lines = log.split('\n').slice(0, -1); // the last may be half a line
  // eslint-disable-next-line @typescript-eslint/no-unsafe-type-assertion -- each is asserted to be one in a test
  return lines.filter((line) => line.startsWith('{')).map((line) => JSON.parse(line) as Line);
}

async function shows(check: (metrics: Scrape) => void): Promise<void> {
  await eventually(
    async () => {
      check(await scrape(port));
    },
    { withinMs: 30_000, everyMs: 200 },
  );
}

const above0 = ({ series }: Scrape, name: string): readonly (readonly [object, number])[] =>
  series.filter((one) => one.name === name && one.value > 0).map(({ labels, value }) => [labels, value]);

const bothStand = (metrics: Scrape): void => {
  expect(above0(metrics, 'kubexray_workloads')).toEqual([
    [{ verdict: 'Violating', action: 'Audited' }, 1],
    [{ verdict: 'Violating', action: 'ScaledDown' }, 1],
  ]);
  expect(above0(metrics, 'kubexray_violating_workloads')).toEqual(
    expect.arrayContaining([
      [{ namespace: NAMESPACE }, 1],
      [{ namespace: OTHER }, 1],
    ]),
  );
  expect(above0(metrics, 'kubexray_violations')).toEqual([[{ condition: 'Security', severity: 'Critical' }, 2]]);
  expect(above0(metrics, 'kubexray_vulnerabilities')).toEqual([[{ severity: 'Critical' }, 2]]);
  expect(above0(metrics, 'kubexray_images')).toEqual([[{ state: 'Scanned' }, 1]]);
  expect(metrics.value('kubexray_connection_ready')).toBe(1);
  expect(metrics.value('kubexray_exceptions', { state: 'Active' })).toBe(1);
  expect(above0(metrics, 'kubexray_policies')).toEqual([
    [{ kind: 'XrayPolicy', mode: 'Enforce', ready: 'True' }, 1],
    [{ kind: 'XrayPolicy', mode: 'Audit', ready: 'True' }, 1],
  ]);
};

describe('metrics', () => {
  test('the table in the docs is what there is: no metric more or less, of the same type and labels', async () => {
    const { metrics, series } = await scrape(port);
    const documented = documentedMetrics();
    const asShown = (all: readonly { name: string; type: string }[]): readonly string[] =>
      all.map(({ name, type }) => `${name} ${type}`).sort();
    expect(asShown(documented)).toEqual(asShown(metrics));
    expect(new Set(documented.map(({ name }) => name)).size).toBe(documented.length);
    for (const { name, type, labels, unit, meaning } of documented) {
      expect(`${name}: ${unit} ${meaning}`.length).toBeGreaterThan(name.length + 10);
      if (type === 'counter') expect(name).toMatch(/_total$/);
      if (unit === 'seconds') expect(name).toMatch(/_seconds(_total)?$/);
      const own = type === 'histogram' ? `${name}_count` : name;
      for (const one of series.filter((shown) => shown.name === own)) expect(Object.keys(one.labels)).toEqual(labels);
    }
  }, 60_000);

  test('the figures are those of the cluster', async () => {
    await shows((metrics) => {
      bothStand(metrics);
      expect(metrics.value('kubexray_enforcements_total', { change: 'ScaleDown', outcome: 'done' })).toBe(1);
      expect(metrics.value('kubexray_xray_requests_total', { call: 'summary', outcome: 'Ok' })).toBeGreaterThan(0);
    });
  }, 60_000);

  test('they are the same after a restart', async () => {
    await stop();
    await start();
    await shows(bothStand);
  }, 90_000);

  test('an outage of Xray shows as failed requests, and its facts as not confirmed', async () => {
    await simulator.fail({ status: 503 });
    await shows((metrics) => {
      expect(metrics.value('kubexray_connection_ready')).toBe(0);
      expect(metrics.value('kubexray_stale_images')).toBe(1);
      const failed = metrics.series.filter(
        ({ name, labels }) => name === 'kubexray_xray_requests_total' && labels['outcome'] === 'ServerError',
      );
      expect(failed.length).toBeGreaterThan(0);
    });
    await simulator.fail({});
    await shows(bothStand);
  }, 90_000);

  test('no series is left of what is gone', async () => {
    await kubectl(['delete', 'namespace', OTHER, '--timeout=120s']);
    await shows((metrics) => {
      expect(above0(metrics, 'kubexray_workloads')).toEqual([[{ verdict: 'Violating', action: 'ScaledDown' }, 1]]);
      expect(metrics.value('kubexray_violating_workloads', { namespace: OTHER })).toBeUndefined();
      expect(metrics.value('kubexray_exceptions', { state: 'Active' })).toBe(0);
      expect(metrics.value('kubexray_policies', { mode: 'Audit', kind: 'XrayPolicy', ready: 'True' })).toBe(0);
    });
    await kubectl(['delete', 'deployment', 'web', '-n', NAMESPACE]);
    await shows((metrics) => {
      expect(above0(metrics, 'kubexray_workloads')).toEqual([]);
      expect(above0(metrics, 'kubexray_violating_workloads')).toEqual([]);
    });
    await apply(workloadOfKind('Deployment', NAMESPACE, BAD));
    await statusBecomes(NAMESPACE, 'deployment-web', { action: 'ScaledDown' });
  }, 240_000);
});

describe('the log', () => {
  test('each line is JSON with time and level; a pass and a request to Xray have ids; no secret is in it', () => {
    const log = operator.process.log();
    const whole = log.slice(log.indexOf('\n') + 1, log.lastIndexOf('\n') + 1); // both ends may be half a line
    for (const line of whole.split('\n').slice(0, -1)) expect(line).toMatch(/^\{.*\}$/);
    const lines = linesOf(whole);
    for (const line of lines) {
      expect(String(line['timestamp'])).toMatch(/^\d{4}-\d\d-\d\dT/);
      expect(['debug', 'info', 'warn', 'error']).toContain(line.level);
    }
    const ofPasses = lines.filter((line) => line['key'] !== undefined);
    expect(ofPasses.length).toBeGreaterThan(0);
    for (const line of ofPasses) expect(String(line['reconcileID'])).toMatch(/^[0-9a-f-]{36}$/);
    const requests = lines.filter(({ message }) => message.startsWith('Xray was asked'));
    expect(requests.length).toBeGreaterThan(0);
    for (const line of requests) expect(String(line['requestID'])).toMatch(/^[0-9a-f]{16}$/);
    expect(new Set(requests.map((line) => line['requestID'])).size).toBe(requests.length);
    for (const secret of [TOKEN, 'secret-of-the-collector']) expect(log).not.toContain(secret);
  });
});

describe('traces', () => {
  const childrenOf = (parent: ReceivedSpan): readonly ReceivedSpan[] =>
    collector.spans.filter(({ parentSpanId, traceId }) => parentSpanId === parent.spanId && traceId === parent.traceId);
  const roots = (name: string): readonly ReceivedSpan[] =>
    collector.spans.filter((span) => span.name === name && (span.parentSpanId ?? '') === '');

  test('the pass that stopped a workload has its writes as parts', async () => {
    await eventually(
      () => {
        const passes = roots('reconcile workload').filter(
          ({ attributes }) =>
            String(attributes['reconcile.key']).includes(NAMESPACE) &&
            attributes['reconcile.controller'] === 'workload',
        );
        const stops = passes.filter((pass) => {
          const paths = childrenOf(pass)
            .filter(({ name }) => name === 'kubernetes patch')
            .map(({ attributes }) => String(attributes['url.path']));
          return (
            paths.some((path) => path.endsWith('/deployments/web')) && paths.some((path) => path.endsWith('/status'))
          );
        });
        expect(stops.length).toBeGreaterThan(0);
        expect(stops[0]?.attributes['reconcile.id']).toMatch(/^[0-9a-f-]{36}$/);
        expect(['success', 'requeue_after']).toContain(stops[0]?.attributes['reconcile.result']);
      },
      { withinMs: 15_000, everyMs: 100 },
    );
  }, 30_000);

  test('questions to Xray are traces, or parts of the pass that looks at the connection', async () => {
    await eventually(
      () => {
        const asked = roots('poll images')
          .flatMap(childrenOf)
          .map(({ name }) => name);
        expect(asked).toContain('xray summary');
        const looked = roots('reconcile connection').flatMap(childrenOf);
        expect(looked.map(({ name }) => name)).toEqual(expect.arrayContaining(['kubernetes get', 'xray version']));
      },
      { withinMs: 15_000, everyMs: 100 },
    );
    const failed = collector.spans.filter(({ name, isError }) => name.startsWith('xray ') && isError);
    expect(failed.map(({ attributes }) => attributes['error.type'])).toContain('ServerError');
  }, 30_000);

  test('what begins nothing is part of something: no lease, watch or Event makes a trace', () => {
    const names = collector.spans.filter(({ parentSpanId = '' }) => parentSpanId === '').map(({ name }) => name);
    for (const name of names) expect(name).toMatch(/^(reconcile|poll) /);
  });

  test('they say who sends them; texts are bounded, and no secret is in them', () => {
    for (const resource of collector.resources)
      expect(resource).toMatchObject({ 'service.name': 'kubexray-test', 'deployment.environment.name': 'test' });
    for (const { attributes } of collector.spans) {
      expect(Object.keys(attributes).length).toBeLessThan(10);
      for (const value of Object.values(attributes)) expect(String(value).length).toBeLessThanOrEqual(256);
    }
    for (const body of collector.bodies) expect(body).not.toContain(TOKEN);
  });

  test('unless told otherwise they come as protobuf; as JSON, and compressed, where that is asked for', async () => {
    expect(collector.forms).toEqual(new Set(['application/x-protobuf']));
    for (const { traceId, spanId } of collector.spans) {
      expect(traceId).toMatch(/^[0-9a-f]{32}$/);
      expect(spanId).toMatch(/^[0-9a-f]{16}$/);
    }
    await stop();
    const other = await startTraceReceiver();
    await start(other.url, { OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json', OTEL_EXPORTER_OTLP_COMPRESSION: 'gzip' });
    await eventually(
      () => {
        expect(other.spans.map(({ name }) => name)).toContain('reconcile workload');
      },
      { withinMs: 30_000, everyMs: 100 },
    );
    expect(other.forms).toEqual(new Set(['application/json gzip']));
    await stop();
    await other.close();
    await start();
  }, 120_000);

  test('a collector that is away hurts nobody: it is said once, and the stop does not wait', async () => {
    await stop();
    await start('http://127.0.0.1:1');
    await eventually(
      () => {
        expect(operator.process.log()).toContain('traces cannot be sent');
      },
      { withinMs: 30_000, everyMs: 100 },
    );
    await shows((metrics) => {
      expect(metrics.value('kubexray_workloads', { verdict: 'Violating', action: 'ScaledDown' })).toBe(1);
    });
    await stop();
    expect(operator.process.log().split('traces cannot be sent')).toHaveLength(2);
    await start();
  }, 120_000);

  test('nor one that takes them and never answers', async () => {
    await stop();
    const silent = await startTraceReceiver({ answers: false });
    await start(silent.url);
    await eventually(
      () => {
        expect(silent.spans.length).toBeGreaterThan(0);
      },
      { withinMs: 30_000, everyMs: 100 },
    );
    await stop(); // with the code 0
    expect(operator.process.log()).toContain('stopping without the last traces');
    await silent.close();
    await start();
  }, 120_000);
});
