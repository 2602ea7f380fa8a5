// Each alert as Prometheus itself reads it: it comes when it should, after the time that it says, and not else.
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { parse, stringify } from 'yaml';
import { promtool, promtoolPath } from '../../promtool/promtool.js';

const ALERTS = 'charts/kubexray-operator/files/alerts.yaml';
const BUILDING_PROMTOOL_MS = 900_000;
const JOB = 'job="kubexray-operator-metrics"';

type Story = Readonly<Record<string, string>>;

interface Case {
  /** Series → values, one a minute, as promtool has them. */
  readonly fires: Story;
  /** The labels that it then has, beside its severity. */
  readonly labels?: Readonly<Record<string, string>>;
  readonly quiet: Story;
}

const images = (scanned: number, unscanned: number): Story => ({
  'kubexray_images{pod="a",state="Scanned"}': `${scanned}x300`,
  'kubexray_images{pod="a",state="Unscanned"}': `${unscanned}x300`,
  'kubexray_images{pod="b",state="Scanned"}': '0x300', // it stands by
  'kubexray_images{pod="b",state="Unscanned"}': '0x300',
});

const cases: Readonly<Record<string, Case>> = {
  KubexrayXrayNotReady: {
    fires: { 'kubexray_connection_ready{pod="a"}': '0x300', 'kubexray_connection_ready{pod="b"}': '0x300' },
    quiet: { 'kubexray_connection_ready{pod="a"}': '1x300' },
  },
  KubexrayPollOld: {
    fires: { kubexray_last_successful_poll_timestamp_seconds: '0x300' },
    quiet: { kubexray_last_successful_poll_timestamp_seconds: '0+60x300' },
  },
  KubexrayXrayRequestsFailing: {
    fires: {
      'kubexray_xray_requests_total{call="summary",outcome="Ok"}': '0+10x300',
      'kubexray_xray_requests_total{call="summary",outcome="TimedOut"}': '0+5x300',
    },
    quiet: {
      'kubexray_xray_requests_total{call="summary",outcome="Ok"}': '0+10x300',
      'kubexray_xray_requests_total{call="summary",outcome="TimedOut"}': '0+1x300',
      'kubexray_xray_requests_total{call="summary",outcome="Aborted"}': '0+50x300',
    },
  },
  KubexrayFactsStale: {
    fires: { ...images(90, 10), kubexray_stale_images: '20x300' },
    quiet: { ...images(90, 10), kubexray_stale_images: '5x300' },
  },
  KubexrayImagesUnscanned: { fires: images(80, 20), quiet: images(95, 5) },
  KubexrayHooksRefused: {
    fires: { 'kubexray_hook_requests_total{code="401"}': '0+1x300' },
    quiet: {
      'kubexray_hook_requests_total{code="401"}': '0x300',
      'kubexray_hook_requests_total{code="202"}': '0+9x300',
    },
  },
  KubexrayBrakeEngaged: {
    fires: { 'kubexray_brake_held{pod="a"}': '30x300', 'kubexray_brake_held{pod="b"}': '0x300' },
    quiet: { 'kubexray_brake_held{pod="a"}': '0x300' },
  },
  KubexrayEnforcementFailing: {
    fires: { 'kubexray_enforcements_total{change="ScaleDown",outcome="forbidden"}': '0+1x300' },
    labels: { change: 'ScaleDown', outcome: 'forbidden' },
    quiet: {
      'kubexray_enforcements_total{change="ScaleDown",outcome="forbidden"}': '0x300',
      'kubexray_enforcements_total{change="ScaleDown",outcome="done"}': '0+1x300',
      'kubexray_enforcements_total{change="ScaleDown",outcome="outdated"}': '0+1x300',
    },
  },
  KubexrayWorkloadsHeld: {
    fires: { 'kubexray_held_workloads{reason="WouldDeleteClaims"}': '2x300' },
    labels: { reason: 'WouldDeleteClaims' },
    quiet: {
      'kubexray_held_workloads{reason="WouldDeleteClaims"}': '0x300',
      'kubexray_held_workloads{reason="ProtectedNamespace"}': '2x300',
      'kubexray_held_workloads{reason="BrakeEngaged"}': '2x300',
    },
  },
  KubexrayContention: {
    fires: { 'kubexray_contended_workloads{contender="ArgoCD"}': '1x300' },
    labels: { contender: 'ArgoCD' },
    quiet: { 'kubexray_contended_workloads{contender="ArgoCD"}': '0x300' },
  },
  KubexrayPolicyNotReady: {
    fires: {
      'kubexray_policies{kind="XrayPolicy",mode="Enforce",ready="False"}': '1x300',
      'kubexray_policies{kind="XrayPolicy",mode="Audit",ready="False"}': '0x300',
    },
    labels: { kind: 'XrayPolicy' },
    quiet: {
      'kubexray_policies{kind="XrayPolicy",mode="Enforce",ready="False"}': '0x300',
      'kubexray_policies{kind="XrayPolicy",mode="Enforce",ready="True"}': '4x300',
    },
  },
  KubexrayExceptionsEnding: {
    fires: { 'kubexray_exceptions_ending{within="1d"}': '1x300' },
    quiet: { 'kubexray_exceptions_ending{within="1d"}': '0x300', 'kubexray_exceptions_ending{within="7d"}': '5x300' },
  },
  KubexrayOperatorAbsent: { fires: { up: '1x300' }, quiet: { kubexray_connection_ready: '0x300' } },
  KubexrayNoLeader: {
    fires: {
      'leader_election_master_status{name="kubexray-operator",pod="a"}': '0x300',
      'leader_election_master_status{name="kubexray-operator",pod="b"}': '0x300',
    },
    quiet: {
      'leader_election_master_status{name="kubexray-operator",pod="a"}': '0x300',
      'leader_election_master_status{name="kubexray-operator",pod="b"}': '1x300',
      'leader_election_master_status{name="somebody-else"}': '0x300',
    },
  },
  KubexrayProgramFault: {
    fires: { [`controller_runtime_reconcile_panics_total{${JOB},controller="workload"}`]: '0x100 1x200' },
    labels: { controller: 'workload' },
    quiet: {
      [`controller_runtime_reconcile_panics_total{${JOB},controller="workload"}`]: '0x300',
      'controller_runtime_reconcile_panics_total{job="somebody-else",controller="x"}': '0+1x300',
    },
  },
  KubexrayPassesFailing: {
    fires: {
      [`controller_runtime_reconcile_errors_total{${JOB},controller="workload"}`]: '0+2x300',
      [`controller_runtime_reconcile_total{${JOB},controller="workload"}`]: '0+10x300',
    },
    labels: { controller: 'workload' },
    quiet: {
      [`controller_runtime_reconcile_errors_total{${JOB},controller="workload"}`]: '0x300',
      [`controller_runtime_reconcile_total{${JOB},controller="workload"}`]: '0+10x300',
    },
  },
  KubexrayQueueBehind: {
    fires: {
      [`workqueue_queue_duration_seconds_bucket{${JOB},name="workload",le="10"}`]: '0+1x300',
      [`workqueue_queue_duration_seconds_bucket{${JOB},name="workload",le="100"}`]: '0+10x300',
      [`workqueue_queue_duration_seconds_bucket{${JOB},name="workload",le="+Inf"}`]: '0+10x300',
    },
    quiet: {
      [`workqueue_queue_duration_seconds_bucket{${JOB},name="workload",le="10"}`]: '0+10x300',
      [`workqueue_queue_duration_seconds_bucket{${JOB},name="workload",le="+Inf"}`]: '0+10x300',
    },
  },
  KubexrayWatchRefused: {
    fires: { [`dotkube_informer_degraded{${JOB},watch="pods"}`]: '1x300' },
    labels: { watch: 'pods' },
    quiet: { [`dotkube_informer_degraded{${JOB},watch="pods"}`]: '0x300' },
  },
  KubexrayHeldUp: {
    fires: { [`dotkube_event_loop_delay_seconds{${JOB},pod="a",instance="i"}`]: '3x300' },
    labels: { pod: 'a', instance: 'i' },
    quiet: { [`dotkube_event_loop_delay_seconds{${JOB},pod="a",instance="i"}`]: '0.2x300' },
  },
};

interface Rule {
  readonly alert: string;
  readonly for: string;
  readonly labels: { readonly severity: string };
}

let rules: readonly Rule[] = [];
let directory = '';

beforeAll(async () => {
  await promtoolPath();
  directory = await mkdtemp(join(tmpdir(), 'kubexray-alerts-'));
  // eslint-disable-next-line @typescript-eslint/no-unsafe-type-assertion -- promtool checks the form
  const { groups } = parse(await readFile(ALERTS, 'utf8')) as {
    readonly groups: readonly { rules: readonly Rule[] }[];
  };
  rules = groups.flatMap((group) => group.rules);
}, BUILDING_PROMTOOL_MS);

afterAll(async () => {
  await rm(directory, { recursive: true });
});

interface Look {
  readonly story: Story;
  readonly minute: number;
  readonly alert: string;
  /** None: it does not fire. */
  readonly labels?: Readonly<Record<string, string>>;
}

async function look(file: string, looks: readonly Look[]): Promise<string> {
  const tests = looks.map(({ story, minute, alert, labels }) => ({
    interval: '1m',
    input_series: Object.entries(story).map(([series, values]) => ({ series, values })),
    promql_expr_test: [
      {
        expr: `ALERTS{alertname="${alert}",alertstate="firing"}`,
        eval_time: `${minute}m`,
        exp_samples: labels === undefined ? [] : [{ labels: seriesText(alert, labels), value: 1 }],
      },
    ],
  }));
  const path = join(directory, file);
  await writeFile(path, stringify({ rule_files: [resolve(ALERTS)], evaluation_interval: '1m', tests }));
  return promtool(['test', 'rules', path]);
}

function seriesText(alertname: string, labels: Readonly<Record<string, string>>): string {
  const all = { alertname, alertstate: 'firing', ...labels };
  return `ALERTS{${Object.entries(all)
    .map(([label, value]) => `${label}="${value}"`)
    .join(',')}}`;
}

const minutes = (text: string): number => Number.parseInt(text, 10) * (text.endsWith('h') ? 60 : 1);
const LATE = 110;

describe('alerts', () => {
  test('promtool finds no fault with the file', async () => {
    await expect(promtool(['check', 'rules', '--lint=all', '--lint-fatal', ALERTS])).resolves.toContain('SUCCESS');
  });

  test('each is tried', () => {
    expect(Object.keys(cases).toSorted()).toEqual(rules.map(({ alert }) => alert).toSorted());
  });

  test.each(Object.entries(cases))('%s comes, not before its time, and else does not', async (alert, story) => {
    const rule = rules.find((one) => one.alert === alert);
    if (rule === undefined) throw new Error(`there is no alert ${alert}`);
    const { severity } = rule.labels;
    const fires = Math.max(LATE, minutes(rule.for) + 45);
    await look(`${alert}.yaml`, [
      { alert, story: story.fires, minute: fires, labels: { severity, ...story.labels } },
      { alert, story: story.fires, minute: minutes(rule.for) - 1 },
      { alert, story: story.quiet, minute: fires },
    ]);
  });

  test('the test finds an alert that does not come', async () => {
    const story = cases['KubexrayContention']?.quiet ?? {};
    const alert = 'KubexrayContention';
    await expect(
      look('wrong.yaml', [{ alert, story, minute: LATE, labels: { severity: 'warning' } }]),
    ).rejects.toThrow();
  });
});
