// The dashboard and the alerts speak of metrics and labels that there are, and each alert leads to its section.
import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { documentedMetrics } from '../../documented-metrics.js';
import { spokenOf } from '../../promql.js';

const documented = new Map(documentedMetrics().map((metric) => [metric.name, metric]));
/** What Prometheus adds to each series. */
const OF_THE_TARGET = ['job', 'instance', 'pod', 'namespace'];

interface Rule {
  readonly alert: string;
  readonly expr: string;
  readonly for?: string;
  readonly labels?: { readonly severity?: string };
  readonly annotations?: { readonly summary?: string; readonly description?: string; readonly runbook_url?: string };
}

interface Panel {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly targets?: readonly { readonly expr: string; readonly legendFormat: string }[];
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
}

interface Dashboard {
  readonly uid: string;
  readonly panels: readonly Panel[];
  readonly templating: { readonly list: readonly { readonly name: string; readonly definition?: string }[] };
}

// eslint-disable-next-line @typescript-eslint/no-unsafe-type-assertion -- our own files; promtool and Grafana read them as such
const { groups } = parse(readFileSync('charts/kubexray-operator/files/alerts.yaml', 'utf8')) as {
  readonly groups: readonly { readonly rules: readonly Rule[] }[];
};
const alerts = groups.flatMap(({ rules }) => rules);
// eslint-disable-next-line @typescript-eslint/no-unsafe-type-assertion -- as above
const dashboard = JSON.parse(readFileSync('charts/kubexray-operator/files/dashboard.json', 'utf8')) as Dashboard;
const queries = dashboard.panels.flatMap(({ title, targets = [] }) => targets.map((target) => ({ title, ...target })));

/** @returns what is wrong with it */
function faultsIn(expression: string, written = ''): readonly string[] {
  const { selected, grouped } = spokenOf(expression.replaceAll('$__rate_interval', '5m'));
  const known = new Set(OF_THE_TARGET);
  const faults = selected.flatMap(({ metric, labels }) => {
    const base = documented.get(metric.replace(/_(bucket|sum|count)$/, ''));
    const found = documented.get(metric) ?? (base?.type === 'histogram' ? base : undefined);
    if (found === undefined) return [`${metric} is no metric of ours`];
    if (found.type === 'histogram') known.add('le');
    for (const label of found.labels) known.add(label);
    return labels.filter((label) => ![...OF_THE_TARGET, ...found.labels].includes(label)).map((l) => `${metric}{${l}}`);
  });
  const shown = [...written.matchAll(/\{\{\s*(?:\$labels\.)?([a-z]+)\s*\}\}/g)].map(([, label = '']) => label);
  return [
    ...faults,
    ...[...grouped, ...shown].filter((label) => !known.has(label)).map((label) => `no label ${label}`),
  ];
}

describe('the test itself finds', () => {
  test.each([
    ['sum(kubexray_workload)', 'kubexray_workload is no metric of ours'],
    ['sum by (image) (kubexray_workloads)', 'no label image'],
    ['kubexray_workloads{image="x"}', 'kubexray_workloads{image}'],
    ['rate(kubexray_workloads_bucket[5m])', 'kubexray_workloads_bucket is no metric of ours'],
  ])('%s', (expression, fault) => {
    expect(faultsIn(expression)).toContain(fault);
  });

  test('what is no PromQL', () => {
    expect(() => faultsIn('sum(kubexray_workloads')).toThrow('no PromQL');
  });
});

describe('alerts', () => {
  const docs = readFileSync('docs/alerts.md', 'utf8');
  const sections = [...docs.matchAll(/^### (\S+)$/gm)].map(([, name = '']) => name);

  test.each(alerts)('$alert is whole, and speaks of what there is', ({ alert, expr, annotations = {}, ...rule }) => {
    const { summary = '', description = '', runbook_url: runbook } = annotations;
    expect(faultsIn(expr, summary + description)).toEqual([]);
    expect(rule.for).toMatch(/^\d+[mh]$/);
    expect(['critical', 'warning', 'info']).toContain(rule.labels?.severity);
    expect(summary).toMatch(/\.$/);
    expect(description.length).toBeGreaterThan(20);
    expect(runbook).toBe(`RUNBOOKS#${alert.toLowerCase()}`); // as GitHub and most others make an anchor of a heading
    expect(sections).toContain(alert);
  });

  test('each section is that of an alert, and says what it means, does and asks for', () => {
    expect(sections.toSorted()).toEqual(alerts.map(({ alert }) => alert).toSorted());
    for (const section of docs.split(/^### /m).slice(1))
      for (const part of ['**Meaning.**', '**Impact.**', '**What to do.**']) expect(section).toContain(part);
  });
});

describe('the dashboard', () => {
  test.each(queries)('$title: $expr', ({ expr, legendFormat }) => {
    expect(faultsIn(expr, legendFormat)).toEqual([]);
  });

  test('each panel has an id, a place and a title of its own, and a query', () => {
    const { panels } = dashboard;
    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
    expect(new Set(panels.map(({ title }) => title)).size).toBe(panels.length);
    for (const { type, targets = [], gridPos } of panels) {
      expect(gridPos.x + gridPos.w).toBeLessThanOrEqual(24);
      expect(targets.length > 0).toBe(type !== 'row');
    }
    const places = panels.flatMap(({ gridPos: { x, y, w, h } }) =>
      Array.from({ length: w * h }, (_, i) => `${x + (i % w)},${y + Math.floor(i / w)}`),
    );
    expect(new Set(places).size).toBe(places.length);
  });

  test('it goes by a data source and a job that whoever looks at it chooses', () => {
    expect(dashboard.templating.list.map(({ name }) => name)).toEqual(['datasource', 'job']);
    expect(dashboard.templating.list.flatMap(({ definition }) => definition ?? [])).toEqual([
      'label_values(kubexray_connection_ready, job)',
    ]);
  });

  test('it shows every metric that is there for people', () => {
    const shown = new Set(
      queries
        .flatMap(({ expr }) => spokenOf(expr.replaceAll('$__rate_interval', '5m')).selected)
        .map(({ metric }) => metric.replace(/_bucket$/, '')),
    );
    const ours = [...documented.keys()].filter((name) => name.startsWith('kubexray_'));
    expect(ours.filter((name) => !shown.has(name))).toEqual([]);
  });
});
