// What KubeXray's settings become. That the API server takes it is held by the integration test.
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { parseAllDocuments } from 'yaml';
import type { ClusterXrayPolicySpec } from '../../../src/api/v1alpha1/types.js';
import { compileClusterPolicy } from '../../../src/evaluate/policy.js';
import { coversNamespace } from '../../../src/evaluate/tiers.js';
import { type Ran, ran } from './a-world.js';

// As in jfrog/kubexray, test/policies-test-values.yaml.
const values = `
scanPolicy:
  unscanned:
    whitelistNamespaces: "kube-system,kubexray,cert-manager"
    deployments: scaledown
    statefulSets: ignore
  security:
    deployments: delete
    statefulSets: scaledown
  license:
    deployments: ignore
    statefulSets: ignore
service:
  type: LoadBalancer
`;
const xrayConfig = `
url: https://acme.jfrog.io
user: robot
password: 0123456
slackWebhookUrl: https://hooks.slack.com/services/T0/B0/slack-secret
xrayWebhookToken: hook-secret
`;
const files = { 'values.yaml': values, 'xray_config.yaml': xrayConfig };

interface Applied {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
  readonly spec?: ClusterXrayPolicySpec & { readonly url?: string };
  readonly stringData?: Readonly<Record<string, string>>;
}

async function migrated(text: string, ...more: readonly string[]): Promise<Ran> {
  return ran(['migrate', '-f', 'values.yaml', ...more], { files: { ...files, 'values.yaml': text } });
}

function objects(text: string): readonly Applied[] {
  return parseAllDocuments(text).flatMap((document) => {
    expect(document.errors).toEqual([]);
    const json: unknown = document.toJS();
    // eslint-disable-next-line @typescript-eslint/no-unsafe-type-assertion -- what the command prints is what is tested
    return json === null ? [] : [json as Applied];
  });
}

function named(text: string, name: string): Applied | undefined {
  return objects(text).find(({ metadata }) => metadata.name === name);
}

/** Asked of the operator's own reading of the policy. */
function covers(text: string, name: string, namespace: string): boolean {
  const spec = named(text, name)?.spec;
  if (spec === undefined) throw new Error(`no policy ${name}`);
  const compiled = compileClusterPolicy({ name }, spec);
  if (!compiled.ok) throw new Error(compiled.message);
  return coversNamespace(compiled.policy, { name: namespace, labels: { 'kubernetes.io/metadata.name': namespace } });
}

describe('policies', () => {
  test('one for each condition, with its actions', async () => {
    const { code, out } = await migrated(values, '--denied-license', 'AGPL-*');
    expect(code).toBe(0);
    expect(named(out, 'kubexray-unscanned')?.spec).toMatchObject({
      tier: 'Required',
      mode: 'Enforce',
      unscanned: { gracePeriod: '0s', actions: { deployments: 'ScaleDown', statefulSets: 'Ignore' } },
    });
    expect(named(out, 'kubexray-security')?.spec?.security).toEqual({
      minSeverity: 'High',
      actions: { deployments: 'Delete', statefulSets: 'ScaleDown' },
    });
    expect(named(out, 'kubexray-license')?.spec?.license).toEqual({
      denied: ['AGPL-*'],
      actions: { deployments: 'Ignore', statefulSets: 'Ignore' },
    });
  });

  test('each keeps its own white list', async () => {
    const { out } = await migrated(values);
    expect(['cert-manager', 'shop'].map((one) => covers(out, 'kubexray-unscanned', one))).toEqual([false, true]);
    expect(['cert-manager', 'shop'].map((one) => covers(out, 'kubexray-security', one))).toEqual([true, true]);
  });

  test.each<[string, string]>([
    ['the misspelt key', '{ whiltelistNamespaces: "calm, other" }'],
    ['a list', '{ whitelistNamespaces: [calm, other] }'],
    ['both keys', '{ whitelistNamespaces: calm, whiltelistNamespaces: other }'],
  ])('a white list by %s', async (_, section) => {
    const { out } = await migrated(`scanPolicy: { unscanned: ${section} }`);
    const covered = ['calm', 'other', 'kube-system'].map((one) => covers(out, 'kubexray-unscanned', one));
    expect(covered).toEqual([false, false, true]);
    expect(out).toContain('# KubeXray never applied its white lists');
  });

  test('empty values are the defaults of the chart', async () => {
    const { out } = await migrated('');
    expect(covers(out, 'kubexray-unscanned', 'kubexray')).toBe(false);
    expect(named(out, 'kubexray-security')?.spec?.security?.actions).toEqual({
      deployments: 'Ignore',
      statefulSets: 'Ignore',
    });
  });

  test('a white list of any length keeps its meaning', async () => {
    const name = fc.stringMatching(/^[a-z][a-z0-9-]{0,20}[a-z0-9]$/);
    await fc.assert(
      fc.asyncProperty(fc.uniqueArray(name, { minLength: 1, maxLength: 200 }), name, async (list, other) => {
        const section = `whitelistNamespaces: ${JSON.stringify(list.join(','))}`;
        const { out } = await migrated(`scanPolicy: { security: { ${section} } }`);
        for (const one of [...list, other]) expect(covers(out, 'kubexray-security', one)).toBe(!list.includes(one));
      }),
      { numRuns: 25 },
    );
  });

  test('without a list of licenses there is no policy for them, and a note', async () => {
    const { out } = await migrated(values);
    expect(named(out, 'kubexray-license')).toBeUndefined();
    expect(out).toContain('# scanPolicy.license has no exact counterpart');
  });
});

describe('notes on what is not taken over', () => {
  test.each([
    ['service: { type: LoadBalancer }', /# service: was for the web hook/],
    ['resources: {}', /# resources: is about how the pod/],
    ['slackUrl: x', /# slackUrl: is not taken over/],
    ['nonsense: 1', /# nonsense: is no key of KubeXray/],
    ['scanPolicy: { malware: {} }', /# scanPolicy.malware is no condition/],
    ['scanPolicy: { security: { daemonSets: delete } }', /# scanPolicy.security.daemonSets is no key/],
    ['existingSecret: mine', /# existingSecret: mine holds xray_config.yaml/],
  ])('%s', async (text, note) => {
    expect((await migrated(text)).out).toMatch(note);
  });
});

describe('secrets', () => {
  const secrets = ['0123456', 'hook-secret', 'slack-secret'];

  test('are not printed unless asked for', async () => {
    const { out, err } = await migrated(values, '--xray-config', 'xray_config.yaml');
    for (const secret of secrets) expect(out + err).not.toContain(secret);
    expect(named(out, 'xray')?.stringData).toEqual({ username: 'robot', password: 'REPLACE-ME' });
    expect(named(out, 'default')?.spec).toEqual({
      url: 'https://acme.jfrog.io',
      credentialsSecretRef: { name: 'xray' },
      webhook: { tokenSecretRef: { name: 'xray-hook' } },
    });
  });

  test('are printed when asked for, as the text that they are', async () => {
    const { out } = await migrated(values, '--xray-config', 'xray_config.yaml', '--show-secrets');
    expect(named(out, 'xray')?.stringData?.['password']).toBe('0123456');
    expect(named(out, 'xray-hook')?.stringData).toEqual({ token: 'hook-secret' });
  });

  test('go to a file and not to the terminal', async () => {
    const { out, written } = await migrated(values, '--xray-config', 'xray_config.yaml', '--to-file', 'out.yaml');
    for (const secret of secrets) expect(out).not.toContain(secret);
    expect(named(written.get('out.yaml') ?? '', 'xray')?.stringData?.['password']).toBe('0123456');
    expect(written.get('out.yaml')).not.toContain('slack-secret');
  });

  test('xrayConfig of the values is read, too', async () => {
    const packed = Buffer.from(xrayConfig).toString('base64');
    const { out } = await migrated(`xrayConfig: ${packed}\n`);
    expect(named(out, 'default')?.spec?.url).toBe('https://acme.jfrog.io');
    expect(out).not.toContain(packed);
  });

  test.each([
    ['no password', 'url: https://a\nuser: u\n', /has no password/],
    ['a broken file', 'password: s3cret: [', /is no YAML$/m],
    ['credentials in the url', 'url: https://u:s3cret@a\nuser: u\npassword: s3cret\n', /the url in .* must be http/],
  ])('%s is refused without a word of what is in it', async (_, config, message) => {
    const { code, err } = await ran(['migrate', '-f', 'values.yaml', '--xray-config', 'c'], {
      files: { ...files, c: config },
    });
    expect(code).toBe(2);
    expect(err).toMatch(message);
    expect(err).not.toContain('s3cret');
  });
});

describe('refused', () => {
  test.each([
    ['scanPolicy: { security: { deployments: stop } }', /security.deployments is "stop"; KubeXray knows delete/],
    ['scanPolicy: { security: { whitelistNamespaces: "A_b" } }', /holds "A_b", which no namespace/],
    ['[]', /no mapping/],
  ])('%s', async (text, message) => {
    const { code, out, err } = await migrated(text);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toMatch(message);
  });
});
