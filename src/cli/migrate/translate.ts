// cli/migrate: from KubeXray's settings to the objects that say the same here, each with notes on what is not the same. Pure.
import { API_VERSION } from '../../api/v1alpha1/coordinates.js';
import type { ClusterXrayPolicySpec, LabelSelector, Mode } from '../../api/v1alpha1/types.js';
import { type ScanPolicy, SLACK, type Values } from './values.js';
import type { XrayConfig } from './xray-config.js';

export interface Translated {
  readonly notes: readonly string[];
  /** Absent: there is only something to say. */
  readonly object?: object;
}

export interface TranslateInput {
  readonly values: Values;
  readonly xrayConfig: XrayConfig | undefined;
  /** The operator's own. */
  readonly namespace: string;
  readonly mode: Mode;
  /** Which licenses are denied, as nothing in KubeXray says. */
  readonly deniedLicenses: readonly string[];
  readonly showSecrets: boolean;
}

export const PLACEHOLDER = 'REPLACE-ME';
const PLACEHOLDER_URL = 'https://replace-me.example.com';

export function translate(input: TranslateInput): readonly Translated[] {
  const { values, xrayConfig, namespace, showSecrets } = input;
  const secret = (text: string): string => (showSecrets ? text : PLACEHOLDER);
  return [
    header(input),
    ...credentials(xrayConfig, namespace, secret),
    connection(values, xrayConfig),
    unscannedPolicy(input),
    securityPolicy(input),
    licensePolicy(input),
  ];
}

function header({ values, mode }: TranslateInput): Translated {
  return {
    notes: [
      "From KubeXray's settings. One ClusterXrayPolicy for each condition, so that each keeps its own white list.",
      mode === 'Enforce'
        ? 'mode: Enforce acts as KubeXray did. To see first what would be done, translate with --mode Audit.'
        : 'mode: Audit does nothing yet; the results tell what would be done. Then set mode: Enforce.',
      'ignore is Ignore: the workload is reported, and nothing is done to it.',
      'Unlike KubeXray, the operator looks at init containers, scales back up once the reason is gone, and never acts in its protected',
      'namespaces (--protected-namespaces; unless told otherwise kube-system, kube-public and kube-node-lease, and always its own).',
      ...values.notes,
    ],
  };
}

function credentials(
  config: XrayConfig | undefined,
  namespace: string,
  secret: (text: string) => string,
): readonly Translated[] {
  const user = config?.user ?? PLACEHOLDER;
  const stringData = { username: user, password: secret(config?.password ?? PLACEHOLDER) };
  const token = config?.webhookToken;
  return [
    {
      notes: [
        'An access token of a user who may read the repositories is better than a password: the key accessToken instead.',
        ...(Object.values(stringData).includes(PLACEHOLDER) ? [`Replace ${PLACEHOLDER} before it is applied.`] : []),
      ],
      object: { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'xray', namespace }, stringData },
    },
    ...(token === undefined
      ? []
      : [
          {
            notes: ['xrayWebhookToken: Xray sends it in X-Auth-Token, as before.'],
            object: {
              ...{ apiVersion: 'v1', kind: 'Secret', metadata: { name: 'xray-hook', namespace } },
              stringData: { token: secret(token) },
            },
          },
        ]),
  ];
}

function connection({ existingSecret }: Values, config: XrayConfig | undefined): Translated {
  const webhook = config?.webhookToken === undefined ? {} : { webhook: { tokenSecretRef: { name: 'xray-hook' } } };
  return {
    notes: [
      ...(config === undefined
        ? [`No xray_config.yaml was given: replace the url, and ${PLACEHOLDER} in the Secret.`]
        : []),
      ...(existingSecret === undefined
        ? []
        : [`existingSecret: ${existingSecret} holds xray_config.yaml; give its content with --xray-config.`]),
      ...(config?.hasSlack === true ? [`slackWebhookUrl: ${SLACK}`] : []),
    ],
    object: {
      ...{ apiVersion: API_VERSION, kind: 'XrayConnection', metadata: { name: 'default' } },
      spec: { url: config?.url ?? PLACEHOLDER_URL, credentialsSecretRef: { name: 'xray' }, ...webhook },
    },
  };
}

function unscannedPolicy({ values: { unscanned }, mode }: TranslateInput): Translated {
  const notes = [
    'KubeXray stopped at once what Xray had not scanned yet; gracePeriod: 15m lets Xray scan a new image first.',
  ];
  return policy('kubexray-unscanned', unscanned, notes, {
    mode,
    unscanned: { gracePeriod: '0s', actions: actionsOf(unscanned) },
  });
}

function securityPolicy({ values: { security }, mode }: TranslateInput): Translated {
  const notes = ['KubeXray counted issues of severity Major, High and Critical; Major is High here.'];
  return policy('kubexray-security', security, notes, {
    mode,
    security: { minSeverity: 'High', actions: actionsOf(security) },
  });
}

const NO_LICENSES = [
  'scanPolicy.license has no exact counterpart: KubeXray acted on what Xray called a license issue of severity High or above.',
  'Here the policy names the licenses. Translate again with --denied-license, as in --denied-license "AGPL-3.0-*".',
];

function licensePolicy({ values: { license }, mode, deniedLicenses }: TranslateInput): Translated {
  const { deployments, statefulSets } = license;
  if (deniedLicenses.length === 0) {
    const asked = `It asked for: deployments ${deployments}, statefulSets ${statefulSets}. No policy is written.`;
    return { notes: [...NO_LICENSES, asked, ...license.notes] };
  }
  const notes = ['KubeXray had no list of licenses; this one is from --denied-license.'];
  return policy('kubexray-license', license, notes, {
    mode,
    license: { denied: deniedLicenses, actions: actionsOf(license) },
  });
}

function actionsOf({ deployments, statefulSets }: ScanPolicy): Pick<ScanPolicy, 'deployments' | 'statefulSets'> {
  return { deployments, statefulSets };
}

function policy(
  name: string,
  { whitelist, notes }: ScanPolicy,
  more: readonly string[],
  rules: Omit<ClusterXrayPolicySpec, 'tier'>,
): Translated {
  const { mode, ...conditions } = rules;
  const selector = whitelist.length === 0 ? {} : { namespaceSelector: without(whitelist) };
  return {
    notes: [...notes, ...more],
    object: {
      ...{ apiVersion: API_VERSION, kind: 'ClusterXrayPolicy', metadata: { name } },
      spec: { tier: 'Required', mode, ...selector, ...conditions },
    },
  };
}

const MAX_VALUES = 64; // of one requirement, by the schema

/** All requirements must hold, so a long list may be cut into several. */
function without(namespaces: readonly string[]): LabelSelector {
  const parts = Array.from({ length: Math.ceil(namespaces.length / MAX_VALUES) }, (_, at) =>
    namespaces.slice(at * MAX_VALUES, (at + 1) * MAX_VALUES),
  );
  return {
    matchExpressions: parts.map((values) => ({ key: 'kubernetes.io/metadata.name', operator: 'NotIn', values })),
  };
}
