// The command `test`: files in, a report out. What the rules mean is the truth table's matter; here it is that they get there.
import { describe, expect, test } from '@jest/globals';
import sarifSchema from '@microsoft/jest-sarif/lib/schemas/sarif-2.1.0-rtm.5.json' with { type: 'json' };
import Ajv from 'ajv';
import draft04 from 'ajv/lib/refs/json-schema-draft-04.json' with { type: 'json' };
import type { Report } from '../../../src/cli/judge/report.js';
import { withStandIns } from '../../../src/cli/judge/stand-in.js';
import type { Xray } from '../../../src/cli/world.js';
import type { RaisedViolation } from '../../../src/scan/xray/violation.js';
import { XrayError } from '../../../src/scan/xray/xray-error.js';
import { aDigest, aRaisedViolation, aVulnerability, aWorkload } from '../../builders/builders.js';
import { type Ran, ran, type WorldOptions } from './a-world.js';

function workload(kind: string, podTemplate: string, name = 'web', namespace = 'shop'): string {
  return `kind: ${kind}\nmetadata: { name: ${name}, namespace: ${namespace} }\nspec:\n${podTemplate}`;
}
const containers = (image: string): string => `containers: [{ name: main, image: "${image}" }]`;
const template = (image: string): string =>
  `  template:\n    metadata: { labels: { app: web } }\n    spec: { ${containers(image)} }\n`;
const deployment = (image: string): string => `apiVersion: apps/v1\n${workload('Deployment', template(image))}`;
const policy = (rules: string, head = 'kind: XrayPolicy\nmetadata: { name: base, namespace: shop }'): string =>
  `apiVersion: kubexray.io/v1alpha1\n${head}\nspec: { mode: Enforce, ${rules} }\n`;
const SECURITY = 'security: { actions: { deployments: ScaleDown } }';
const exception = (spec: string): string =>
  `---\napiVersion: kubexray.io/v1alpha1\nkind: XrayException\nmetadata: { name: waiver, namespace: shop }\nspec: { workloadSelector: {}, reason: because, ${spec} }\n`;
const facts = JSON.stringify({
  images: {
    'shop/bad:1': {
      issues: [
        {
          issue_id: 'XRAY-1',
          summary: 'a buffer overflows',
          severity: 'Critical',
          cves: [{ cve: 'CVE-2026-0001' }],
          components: [{ component_id: 'openssl', fixed_versions: ['1.1.1l'] }],
        },
        { issue_id: 'XRAY-2', summary: 'license', severity: 'Critical', issue_type: 'license' },
      ],
      licenses: ['AGPL-3.0-only'],
    },
    'shop/good:1': { issues: [], licenses: ['MIT'] },
    [aDigest('b')]: { issues: [], licenses: [] },
    'shop/queued:1': { scan: [{ status: 'PENDING', forMs: 1 }] },
  },
});

async function judged(manifests: string, policies: string, more: readonly string[] = []): Promise<Ran> {
  return ran(['test', '-f', 'm.yaml', '--policies', 'p.yaml', '--facts', 'f.json', ...more], {
    files: { 'm.yaml': manifests, 'p.yaml': policies, 'f.json': facts },
  });
}

async function reported(manifests: string, policies: string, more: readonly string[] = []): Promise<Report> {
  const { out, err } = await judged(manifests, policies, ['-o', 'json', ...more]);
  expect(err).toBe('');
  // eslint-disable-next-line @typescript-eslint/no-unsafe-type-assertion -- what the command prints is what is tested
  return JSON.parse(out) as Report;
}

test('facts of an image count under every reference to its digest', async () => {
  const digest = aDigest('c');
  const of = { issues: [{ issue_id: 'XRAY-1', severity: 'Critical', summary: 'a buffer overflows', cves: [] }] };
  const files = {
    'm.yaml': [`shop/web:1@${digest}`, `mirror/web:1@${digest}`].map(deployment).join('---\n'),
    'p.yaml': policy(SECURITY),
    'f.json': JSON.stringify({ images: { [`shop/web:1@${digest}`]: of } }),
  };
  const { code, out } = await ran(['test', '-f', 'm.yaml', '--policies', 'p.yaml', '--facts', 'f.json'], { files });
  expect(code).toBe(1);
  expect(out).toContain('2 workloads: 2 Violating');
});

describe('every kind of workload is judged', () => {
  const template = `  template:\n    spec: { ${containers('shop/bad:1')} }\n`;
  test.each<[string, string]>([
    ['Deployment', `apiVersion: apps/v1\n${workload('Deployment', template)}`],
    ['StatefulSet', `apiVersion: apps/v1\n${workload('StatefulSet', template)}`],
    ['DaemonSet', `apiVersion: apps/v1\n${workload('DaemonSet', template)}`],
    ['ReplicaSet', `apiVersion: apps/v1\n${workload('ReplicaSet', template)}`],
    ['Job', `apiVersion: batch/v1\n${workload('Job', template)}`],
    [
      'CronJob',
      `apiVersion: batch/v1\n${workload('CronJob', `  jobTemplate:\n    spec:\n      template:\n        spec: { ${containers('shop/bad:1')} }\n`)}`,
    ],
    ['Pod', `apiVersion: v1\n${workload('Pod', `  ${containers('shop/bad:1')}\n`)}`],
  ])('%s', async (kind, manifest) => {
    const { workloads } = await reported(manifest, policy(SECURITY));
    expect(workloads).toMatchObject([{ kind, verdict: 'Violating', violations: [{ id: 'CVE-2026-0001' }] }]);
  });

  test('those of a List and of many documents, and nothing else', async () => {
    const list = `apiVersion: v1\nkind: List\nitems:\n- apiVersion: v1\n  kind: Pod\n  metadata: { name: one, namespace: shop }\n  spec: { ${containers('shop/good:1')} }\n`;
    const kustomization = 'apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\n';
    const rollout = `apiVersion: argoproj.io/v1alpha1\n${workload('Deployment', template)}`;
    const { workloads } = await reported(
      [
        list,
        deployment('shop/bad:1'),
        '',
        kustomization,
        rollout,
        'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: c }\n',
      ].join('---\n'),
      policy(SECURITY),
    );
    expect(workloads.map(({ name, verdict }) => [name, verdict])).toEqual([
      ['one', 'Compliant'],
      ['web', 'Violating'],
    ]);
  });

  test('init containers, too', async () => {
    const manifest = `apiVersion: v1\n${workload('Pod', `  ${containers('shop/good:1')}\n  initContainers: [{ name: init, image: "shop/bad:1" }]\n`)}`;
    const { workloads } = await reported(manifest, policy(SECURITY));
    expect(workloads[0]).toMatchObject({ verdict: 'Violating', violations: [{ image: 'shop/bad:1', line: 6 }] });
  });
});

describe('the report', () => {
  test('names policy, field, reason, action and the line of the image', async () => {
    const { workloads } = await reported(deployment('shop/bad:1'), policy(SECURITY));
    expect(workloads[0]).toMatchObject({
      verdict: 'Violating',
      action: 'ScaleDown',
      file: 'm.yaml',
      line: 1,
      policies: ['XrayPolicy shop/base'],
      violations: [
        {
          policy: 'shop/base',
          field: 'spec.security.minSeverity',
          reason: 'SeverityReached',
          fixedVersions: ['1.1.1l'],
          line: 7,
        },
      ],
    });
  });

  test('a stand-in digest is never shown', async () => {
    const { out } = await judged(deployment('shop/bad:1'), policy(SECURITY), ['-o', 'json']);
    expect(out).not.toContain('sha256:');
  });

  test('an image is found by its digest', async () => {
    const { workloads } = await reported(deployment(`shop/other:1@${aDigest('b')}`), policy(SECURITY));
    expect(workloads[0]).toMatchObject({ verdict: 'Compliant', images: [{ digest: aDigest('b'), state: 'Scanned' }] });
  });

  test.each(['shop/nobody:1', 'shop/queued:1'])('%s has no scan, and its grace period begins now', async (image) => {
    const rule = policy('unscanned: { gracePeriod: 1h, actions: { deployments: Delete } }');
    const { workloads } = await reported(deployment(image), rule);
    expect(workloads[0]).toMatchObject({
      verdict: 'Pending',
      action: 'Ignore',
      actionAfterGrace: 'Delete',
      violations: [{ id: 'unscanned', graceUntil: '2026-03-01T13:00:00Z' }],
    });
  });

  test('namespaces are selected by their labels and their name', async () => {
    const shop = 'apiVersion: v1\nkind: Namespace\nmetadata: { name: shop, labels: { stage: prod } }\n---\n';
    const head = (selector: string, name: string): string =>
      `---\napiVersion: kubexray.io/v1alpha1\nkind: ClusterXrayPolicy\nmetadata: { name: ${name} }\nspec: { tier: Required, namespaceSelector: ${selector}, ${SECURITY} }\n`;
    const policies = [
      head('{ matchLabels: { stage: prod } }', 'prod'),
      head('{ matchLabels: { stage: test } }', 'test'),
      head('{ matchExpressions: [{ key: kubernetes.io/metadata.name, operator: NotIn, values: [shop] }] }', 'others'),
    ].join('');
    const { workloads } = await reported(deployment('shop/bad:1'), shop + policies);
    expect(workloads[0]?.policies).toEqual(['ClusterXrayPolicy prod']);
  });

  test('as text', async () => {
    const { out } = await judged(deployment('shop/bad:1'), policy(SECURITY));
    expect(out).toBe(
      [
        'Deployment shop/web  Violating, would be stopped: ScaleDown  m.yaml:1',
        '  ✗ CVE-2026-0001 (Critical) in shop/bad:1: a buffer overflows; fixed in 1.1.1l',
        '    XrayPolicy shop/base, spec.security.minSeverity: Enforce ScaleDown',
        '',
        '1 workload: 1 Violating',
        '',
      ].join('\n'),
    );
  });
});

describe('exit codes', () => {
  const audit = policy(SECURITY).replace('Enforce', 'Audit');
  const waived = policy(SECURITY) + exception('vulnerabilities: [CVE-2026-0001], expiresAt: "2026-04-01T00:00:00Z"');
  test.each<[string, string, string, readonly [number, ...string[]]]>([
    ['a clean image', 'shop/good:1', policy(SECURITY), [0]],
    ['a violation', 'shop/bad:1', policy(SECURITY), [1]],
    ['a violation of an audit', 'shop/bad:1', audit, [1]],
    ['a violation of an audit, where only actions fail', 'shop/bad:1', audit, [0, '--fail-on', 'action']],
    ['an action', 'shop/bad:1', policy(SECURITY), [1, '--fail-on', 'action']],
    ['a waived violation', 'shop/bad:1', waived, [0]],
    ['a millisecond before the exception ends', 'shop/bad:1', waived, [0, '--now', '2026-03-31T23:59:59.999Z']],
    ['when the exception has ended', 'shop/bad:1', waived, [1, '--now', '2026-04-01T00:00:00Z']],
  ])('%s', async (_, image, policies, [code, ...more]) => {
    expect((await judged(deployment(image), policies, more)).code).toBe(code);
  });
});

/** A few lines that would be millions of objects. */
function bomb(): string {
  const levels = Array.from(
    { length: 9 },
    (_, at) => `l${at + 1}: &l${at + 1} [${Array(9).fill(`*l${at}`).join(', ')}]`,
  );
  return ['l0: &l0 [x]', ...levels].join('\n');
}

describe('trouble', () => {
  test.each<[string, string, string, RegExp]>([
    ['a misspelt field', deployment('a'), policy('security: { minSeverty: High }'), /minSeverty is no field/],
    [
      'a wrong value',
      deployment('a'),
      policy('security: { minSeverity: Bad }'),
      /spec.security.minSeverity must be one/,
    ],
    ['a pattern that is none', deployment('a'), policy("license: { denied: ['^GPL'] }"), /spec.license.denied holds/],
    ['a policy that checks nothing', deployment('a'), policy('workloadSelector: {}'), /checks nothing/],
    ['no policy', deployment('a'), '', /there is no policy/],
    ['no workload', '', policy(SECURITY), /there is no workload/],
    ['no YAML', 'a: [', policy(SECURITY), /m.yaml is no YAML.*line 1/],
    ['too many aliases', bomb(), policy(SECURITY), /m.yaml cannot be used: Excessive alias count/],
    ['no name', 'apiVersion: v1\nkind: Pod\n', policy(SECURITY), /m.yaml, line 1: an object needs/],
  ])('%s', async (_, manifests, policies, message) => {
    const { code, out, err } = await judged(manifests, policies);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toMatch(message);
  });

  test.each<[string, readonly string[], RegExp]>([
    ['no facts', [], /one of --facts and --xray-url/],
    ['both', ['--facts', 'f.json', '--xray-url', 'https://x'], /one of --facts/],
    ['no token', ['--xray-url', 'https://acme.jfrog.io'], /XRAY_TOKEN is not set/],
    ['no time', ['--facts', 'f.json', '--now', 'tomorrow'], /"tomorrow" is no time/],
    ['no such file', ['--facts', 'nowhere'], /nowhere cannot be read/],
    ['facts without images', ['--facts', 'p.yaml'], /p.yaml has no "images"/],
  ])('%s', async (_, more, message) => {
    const files = { 'm.yaml': deployment('a'), 'p.yaml': policy(SECURITY), 'f.json': facts };
    const { code, err } = await ran(['test', '-f', 'm.yaml', '--policies', 'p.yaml', ...more], { files });
    expect(code).toBe(2);
    expect(err).toMatch(message);
  });
});

describe('a rule that goes by what Xray raised', () => {
  const issues = [{ issue_id: 'XRAY-1', summary: 'a buffer overflows', severity: 'Critical' }];
  const raised = policy('security: { source: Violations, actions: { deployments: ScaleDown } }');

  test.each<[string, object, number, string]>([
    ['counts what the facts say it raised', { violations: ['XRAY-1', 'GPL-3.0'] }, 1, 'Violating'],
    ['counts nothing else', { violations: ['GPL-3.0'] }, 0, 'Compliant'],
    ['is not green where the facts say nothing of it', {}, 2, 'Unknown'],
  ])('%s', async (_, said, code, verdict) => {
    const facts = JSON.stringify({ images: { 'shop/bad:1': { issues, ...said } } });
    const args = ['test', '-f', 'm.yaml', '--policies', 'p.yaml', '--facts', 'f.json'];
    const files = { 'm.yaml': deployment('shop/bad:1'), 'p.yaml': raised, 'f.json': facts };
    const shown = await ran(args, { files });
    expect(shown.code).toBe(code);
    expect(shown.out + shown.err).toContain(verdict);
    if (code === 2) expect(shown.out + shown.err).toContain('has no list "violations"');
  });
});

describe('facts from Xray', () => {
  const pinned = `shop/web:1@${aDigest('a')}`;
  const xray = (differs: Partial<Xray> = {}): WorldOptions => ({
    files: { 'm.yaml': deployment(pinned), 'tag.yaml': deployment('shop/web:1'), 'p.yaml': policy(SECURITY) },
    environment: { XRAY_TOKEN: 'secret' },
    openXray: () => ({
      summaries: async (digests) =>
        new Map(digests.map((one) => [one, { vulnerabilities: [aVulnerability()], licenses: [], paths: [] }])),
      scanStatus: async () => 'Done',
      violations: async () => [],
      ignoreRules: async () => [],
      close: async () => undefined,
      ...differs,
    }),
  });
  const args = (file: string): readonly string[] => [
    ...['test', '-f', file, '--policies', 'p.yaml', '--xray-url', 'https://acme.jfrog.io'],
  ];

  test('a pinned image is judged', async () => {
    const { code, out } = await ran(args('m.yaml'), xray());
    expect(code).toBe(1);
    expect(out).toContain('CVE-2026-0001');
  });

  test('an image that pins no digest is Unknown, says so, and is not green', async () => {
    const { code, out } = await ran(args('tag.yaml'), xray());
    expect(code).toBe(2);
    expect(out).toMatch(/Unknown[\s\S]*Unavailable shop\/web:1: the reference pins no digest/);
  });

  test('what Xray raised is asked for where a rule goes by it', async () => {
    const path = 'default/docker-local/shop/web/1';
    const known = { vulnerabilities: [aVulnerability()], licenses: [], paths: [path] };
    const summaries: Xray['summaries'] = async (digests) => new Map(digests.map((one) => [one, known]));
    const violations = async (): Promise<readonly RaisedViolation[]> => [
      aRaisedViolation({ paths: [`${path}/manifest.json`] }),
    ];
    const rule = policy('security: { source: Violations, actions: { deployments: ScaleDown } }');
    const world = xray({ summaries, violations });
    const files = { ...world.files, 'p.yaml': rule };
    expect((await ran(args('m.yaml'), { ...world, files })).code).toBe(1);
    expect((await ran(args('m.yaml'), { ...xray({ summaries }), files })).code).toBe(0);
  });

  test('what an ignore rule excuses counts for nothing', async () => {
    const none = new Set<string>();
    const rule = { id: '1', expiresAt: undefined, licenses: none, artifacts: [], vulnerabilities: new Set(['XRAY-1']) };
    expect((await ran(args('m.yaml'), xray({ ignoreRules: async () => [rule] }))).code).toBe(0);
  });

  test('without the right to read ignore rules it says so and goes on', async () => {
    const ignoreRules = async (): Promise<never> => Promise.reject(new XrayError('Forbidden', 'you may not'));
    const { code, out } = await ran(args('m.yaml'), xray({ ignoreRules }));
    expect(code).toBe(1);
    expect(out).toMatch(/warning: .*ignore rules.*you may not/);
  });

  test('an Xray that does not answer is trouble, and is closed', async () => {
    let closed = 0;
    const close = async (): Promise<void> => {
      closed++;
    };
    const summaries = async (): Promise<never> => Promise.reject(new XrayError('Unreachable', 'nobody there'));
    const { code, err } = await ran(args('m.yaml'), xray({ summaries, close }));
    expect({ code, err, closed }).toEqual({ code: 2, err: 'kubexray: nobody there\n', closed: 1 });
  });
});

test('SARIF is what its schema asks for, with waived violations as suppressed', async () => {
  const policies = policy(`${SECURITY}, license: { denied: ["AGPL-*"], actions: { deployments: Ignore } }`);
  const waiver = exception('vulnerabilities: [CVE-2026-0001], expiresAt: "2026-04-01T00:00:00Z"');
  const { code, out } = await judged(deployment('shop/bad:1'), policies + waiver, ['-o', 'sarif']);
  expect(code).toBe(1);
  const sarif: unknown = JSON.parse(out);
  const check = sarifCheck();
  expect(check(sarif)).toEqual([]);
  expect(check({ ...parsed(out), version: '3' })).not.toEqual([]);
  expect(sarif).toMatchObject({
    runs: [
      {
        results: [
          {
            ruleId: 'License/AGPL-3.0-only',
            level: 'warning',
            locations: [{ physicalLocation: { artifactLocation: { uri: 'm.yaml' }, region: { startLine: 7 } } }],
          },
          { ruleId: 'Security/CVE-2026-0001', level: 'error', suppressions: [{ kind: 'external' }] },
        ],
      },
    ],
  });
});

function parsed(text: string): object {
  const json: unknown = JSON.parse(text);
  if (typeof json !== 'object' || json === null) throw new Error('no object');
  return json;
}

/** @returns what the schema of SARIF 2.1.0 says against a log */
function sarifCheck(): (log: unknown) => readonly unknown[] {
  const ajv = new Ajv({ schemaId: 'auto', unknownFormats: 'ignore', allErrors: true });
  ajv.addMetaSchema(draft04);
  const validate = ajv.compile(sarifSchema);
  return (log) => (validate(log) === true ? [] : (validate.errors ?? []));
}

test('each unpinned reference has a stand-in of its own, and pinned ones keep their digest', () => {
  const image = { containers: [], revision: 'Current' as const };
  const images = [
    { ...image, reference: 'a:1' },
    { ...image, reference: 'b:1' },
    { ...image, reference: 'c:1', digest: aDigest('c') },
  ];
  const { workloads, digests } = withStandIns([aWorkload({ images })]);
  const given = workloads[0]?.images.map(({ digest }) => digest) ?? [];
  expect(new Set(given).size).toBe(3);
  expect(given[2]).toBe(aDigest('c'));
  expect([...digests.keys()]).toEqual(['a:1', 'b:1']);
});
