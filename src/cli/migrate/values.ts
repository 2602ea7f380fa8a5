// cli/migrate: what the Helm values of JFrog's KubeXray say (jfrog/kubexray, test/charts/kubexray/values.yaml and its
// templates), with a note on each thing that has no place here. Pure.
import type { Action } from '../../api/v1alpha1/types.js';
import { Trouble } from '../exit-code.js';
import { field, textAt } from '../field.js';

export interface ScanPolicy {
  readonly deployments: Action;
  readonly statefulSets: Action;
  /** Namespaces that are left alone. */
  readonly whitelist: readonly string[];
  readonly notes: readonly string[];
}

export interface Values {
  readonly unscanned: ScanPolicy;
  readonly security: ScanPolicy;
  readonly license: ScanPolicy;
  /** The text of xray_config.yaml, where the values carry it. */
  readonly xrayConfig: string | undefined;
  readonly existingSecret: string | undefined;
  readonly notes: readonly string[];
}

/** @throws Trouble that names the key, where the chart would have refused it too */
export function readValues(json: unknown): Values {
  if (typeof json !== 'object' || json === null || Array.isArray(json))
    throw new Trouble('the values are no mapping; give the values.yaml of the chart kubexray with -f');
  const [packed, existingSecret] = [textAt(json, 'xrayConfig'), textAt(json, 'existingSecret')];
  return {
    // The chart's template fills this in where the key that it reads is missing.
    unscanned: scanPolicy(json, 'unscanned', ['kube-system', 'kubexray']),
    security: scanPolicy(json, 'security', []),
    license: scanPolicy(json, 'license', []),
    xrayConfig: packed === '' ? undefined : Buffer.from(packed, 'base64').toString('utf8'),
    existingSecret: existingSecret === '' ? undefined : existingSecret,
    notes: notesOn(json),
  };
}

const CONDITIONS = ['unscanned', 'security', 'license'] as const;

function scanPolicy(json: object, condition: (typeof CONDITIONS)[number], usual: readonly string[]): ScanPolicy {
  const section = field(json, 'scanPolicy', condition);
  const where = `scanPolicy.${condition}`;
  const { names, notes } = whitelistIn(section, where, usual);
  return {
    deployments: actionIn(section, where, 'deployments'),
    statefulSets: actionIn(section, where, 'statefulSets'),
    whitelist: names,
    notes: [...notes, ...unknownKeys(section, where)],
  };
}

const ACTIONS: ReadonlyMap<unknown, Action> = new Map<unknown, Action>([
  [undefined, 'Ignore'], // the chart's default
  [null, 'Ignore'],
  ['', 'Ignore'],
  ['ignore', 'Ignore'],
  ['scaledown', 'ScaleDown'],
  ['delete', 'Delete'],
]);

function actionIn(section: unknown, where: string, kind: 'deployments' | 'statefulSets'): Action {
  const word = field(section, kind);
  const action = ACTIONS.get(word);
  if (action !== undefined) return action;
  throw new Trouble(`${where}.${kind} is ${JSON.stringify(word)}; KubeXray knows delete, scaledown and ignore`);
}

/** The chart's own template reads the misspelt key, its values have the other: both are meant. */
const WHITELIST_KEYS = ['whitelistNamespaces', 'whiltelistNamespaces'] as const;
const MISSPELT = WHITELIST_KEYS[1];

function whitelistIn(
  section: unknown,
  where: string,
  usual: readonly string[],
): { readonly names: readonly string[]; readonly notes: readonly string[] } {
  const given = WHITELIST_KEYS.filter((key) => field(section, key) !== undefined && field(section, key) !== null);
  if (given.length === 0)
    return { names: usual, notes: usual.length === 0 ? [] : [`${where} has no white list: the chart's own is used.`] };
  const names = given.flatMap((key) => namesIn(field(section, key), `${where}.${key}`));
  return {
    names: [...new Set(names)],
    notes: [
      ...(given.includes(MISSPELT) ? [`${where}.${MISSPELT} is taken for whitelistNamespaces.`] : []),
      ...(given.length === 2 ? ['Both spellings were there; the namespaces of both are left alone.'] : []),
      'KubeXray never applied its white lists (https://github.com/jfrog/kubexray/issues/23); here this one holds.',
    ],
  };
}

const NAMESPACE = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/u;

function namesIn(value: unknown, where: string): readonly string[] {
  const parts: readonly unknown[] = Array.isArray(value) ? value : String(value).split(',');
  const names = parts.map((part) => String(part).trim()).filter((name) => name !== '');
  const wrong = names.find((name) => !NAMESPACE.test(name));
  if (wrong !== undefined) throw new Trouble(`${where} holds "${wrong}", which no namespace can be called`);
  return names;
}

function unknownKeys(section: unknown, where: string): readonly string[] {
  const known = new Set<string>(['deployments', 'statefulSets', ...WHITELIST_KEYS]);
  const keys = typeof section === 'object' && section !== null ? Object.keys(section) : [];
  return keys.filter((key) => !known.has(key)).map((key) => `${where}.${key} is no key of KubeXray and is left out.`);
}

const RUNTIME =
  'is about how the pod of KubeXray runs; this operator has config/default for that, to be changed with kustomize.';

const NOTES: ReadonlyMap<string, string> = new Map([
  ['service', 'was for the web hook of Xray; see docs/xray.md, "The web hook", for the Service that it needs now.'],
  ['ingress', 'was for the web hook of Xray; see docs/xray.md, "The web hook". The port is 8082 instead of 8765.'],
  ['env', 'held the log level; the operator takes --log-level.'],
  ['rbac', 'gave KubeXray all verbs; the operator has config/rbac, with what it uses and no more.'],
  ['replicaCount', 'counts replicas; the operator may have two or more, of which one leads.'],
]);
const RUNTIME_KEYS = new Set([
  ...['image', 'imagePullSecrets', 'securityContext', 'resources', 'nodeSelector', 'tolerations', 'affinity'],
  ...['podDisruptionBudget', 'nameOverride', 'fullnameOverride', 'serviceAccount'],
]);
const TAKEN = new Set(['scanPolicy', 'xrayConfig', 'existingSecret']);

function notesOn(values: object): readonly string[] {
  const scan = field(values, 'scanPolicy');
  const conditions = typeof scan === 'object' && scan !== null ? Object.keys(scan) : [];
  const more = conditions.filter((key) => !CONDITIONS.some((one) => one === key));
  return [
    ...more.map((key) => `scanPolicy.${key} is no condition of KubeXray and is left out.`),
    ...Object.keys(values)
      .filter((key) => !TAKEN.has(key))
      .map((key) => `${key}: ${NOTES.get(key) ?? (RUNTIME_KEYS.has(key) ? RUNTIME : unknownNote(key))}`),
  ];
}

function unknownNote(key: string): string {
  return /slack/iu.test(key) ? SLACK : 'is no key of KubeXray and is left out.';
}

export const SLACK =
  'is not taken over: put the URL into a Secret, and name that in spec.notify of a policy (docs/notifications.md).';
