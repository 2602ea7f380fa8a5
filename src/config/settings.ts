// config: what the operator is told at start, read from flags and environment once, validated, frozen.
import { parseDuration } from '../api/duration.js';
import { type AllowedHosts, allowedHosts } from '../report/notify/notification-hosts.js';
import { PAUSABLE, type Pausable } from '../plan/pause.js';

/** Of namespaces that may not exist yet, so it can only be asked. */
export type NamespaceSet = Pick<ReadonlySet<string>, 'has'>;

export interface Settings {
  /** The operator's own namespace: where the connection's Secret lies, and never acted on. */
  readonly namespace: string;
  /** The name of the XrayConnection that is used. */
  readonly connection: string;
  /** Reported, never acted on: those that are named, its own, and all that it was not told to act in. */
  readonly protectedNamespaces: NamespaceSet;
  /** Whether the label `kubexray.io/protected` on a namespace or workload keeps it from being acted on. */
  readonly honourProtectedLabel: boolean;
  readonly healthPort: number;
  readonly metricsPort: number;
  /** Where web hooks come in, once the connection asks for them. */
  readonly hookPort: number;
  /** Only the replica that holds the lease acts; without it, exactly one may run. */
  readonly leaderElect: boolean;
  /** Who is told to leave a workload alone while it is stopped. */
  readonly pauseOnStop: ReadonlySet<Pausable>;
  /** How much may newly be stopped without approval. */
  readonly brake: { readonly sharePercent: number; readonly floor: number; readonly windowMs: number };
  readonly enforcementsPerMinute: number;
  /** Whether the results of deleted workloads keep the values of environment variables, which whoever reads them then sees. */
  readonly keepEnvValues: boolean;
  /** Whether a PolicyReport is kept for each workload, where that kind is installed. */
  readonly policyReports: boolean;
  /** Where messages of policies may be sent. */
  readonly notificationHosts: AllowedHosts;
  readonly logLevel: 'debug' | 'info' | 'warn' | 'error';
}

/** Never acted on unless told so explicitly (DESIGN 4.4). */
const SYSTEM_NAMESPACES = 'kube-system,kube-public,kube-node-lease';
const EVERYWHERE = '*';

export const settingsHelp = `Flags (each also as an environment variable):
  --namespace NAME              POD_NAMESPACE             the operator's own namespace (kubexray-system)
  --connection NAME             KUBEXRAY_CONNECTION       the XrayConnection to use (default)
  --protected-namespaces A,B    KUBEXRAY_PROTECTED        reported, never acted on (${SYSTEM_NAMESPACES})
  --enforce-in A,B              KUBEXRAY_ENFORCE_IN       acted on in these namespaces only, reported in all; empty = nowhere (*)
  --honour-protected-label B    KUBEXRAY_HONOUR_LABEL     whether kubexray.io/protected: "true" on a namespace or workload protects it (false)
  --health-port N               KUBEXRAY_HEALTH_PORT      /healthz and /readyz (8081; 0 = any free port)
  --metrics-port N              KUBEXRAY_METRICS_PORT     /metrics (8080; 0 = any free port)
  --hook-port N                 KUBEXRAY_HOOK_PORT        web hooks of Xray, if the connection asks for them (8082; 0 = any free port)
  --pause-on-stop KEDA,Flux     KUBEXRAY_PAUSE_ON_STOP    who is told to leave what is stopped alone (nobody)
  --brake-share PERCENT         KUBEXRAY_BRAKE_SHARE      of the workloads that may newly be stopped without approval (25; 100 = no brake)
  --brake-floor N               KUBEXRAY_BRAKE_FLOOR      so many may always be, however small the cluster (10)
  --brake-window DURATION       KUBEXRAY_BRAKE_WINDOW     within which they are counted, from 1h to 7d (24h)
  --enforcements-per-minute N   KUBEXRAY_ENFORCEMENTS     stops and deletions a minute, evenly; a fifth of that at once (100)
  --keep-env-values true|false  KUBEXRAY_KEEP_ENV         results of deleted workloads keep the values of environment variables (false)
  --policy-reports B            KUBEXRAY_POLICY_REPORTS   keeps a PolicyReport of each workload, where the kind is installed (false)
  --notification-hosts A,B      KUBEXRAY_NOTIFY_HOSTS     where policies may have messages sent: hooks.slack.com, *.corp:8443, http://svc.ns (nowhere)
  --leader-elect true|false     KUBEXRAY_LEADER_ELECT     of several replicas only the one that holds the lease acts (true)
  --log-level LEVEL             KUBEXRAY_LOG_LEVEL        debug, info, warn or error (info)
  --help`;

const flags = {
  namespace: { environment: 'POD_NAMESPACE', byDefault: 'kubexray-system' },
  connection: { environment: 'KUBEXRAY_CONNECTION', byDefault: 'default' },
  'protected-namespaces': { environment: 'KUBEXRAY_PROTECTED', byDefault: SYSTEM_NAMESPACES },
  'enforce-in': { environment: 'KUBEXRAY_ENFORCE_IN', byDefault: EVERYWHERE },
  'honour-protected-label': { environment: 'KUBEXRAY_HONOUR_LABEL', byDefault: 'false' },
  'health-port': { environment: 'KUBEXRAY_HEALTH_PORT', byDefault: '8081' },
  'metrics-port': { environment: 'KUBEXRAY_METRICS_PORT', byDefault: '8080' },
  'hook-port': { environment: 'KUBEXRAY_HOOK_PORT', byDefault: '8082' },
  'pause-on-stop': { environment: 'KUBEXRAY_PAUSE_ON_STOP', byDefault: '' },
  'brake-share': { environment: 'KUBEXRAY_BRAKE_SHARE', byDefault: '25' },
  'brake-floor': { environment: 'KUBEXRAY_BRAKE_FLOOR', byDefault: '10' },
  'brake-window': { environment: 'KUBEXRAY_BRAKE_WINDOW', byDefault: '24h' },
  'enforcements-per-minute': { environment: 'KUBEXRAY_ENFORCEMENTS', byDefault: '100' },
  'keep-env-values': { environment: 'KUBEXRAY_KEEP_ENV', byDefault: 'false' },
  'policy-reports': { environment: 'KUBEXRAY_POLICY_REPORTS', byDefault: 'false' },
  'notification-hosts': { environment: 'KUBEXRAY_NOTIFY_HOSTS', byDefault: '' },
  'leader-elect': { environment: 'KUBEXRAY_LEADER_ELECT', byDefault: 'true' },
  'log-level': { environment: 'KUBEXRAY_LOG_LEVEL', byDefault: 'info' },
} as const;

type Flag = keyof typeof flags;

/** @throws Error that names the flag and what it takes */
export function readSettings(
  args: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
): Settings {
  const given = parseFlags(args);
  const valueOf = (flag: Flag): string =>
    given.get(flag) ?? environment[flags[flag].environment] ?? flags[flag].byDefault;

  const namespace = valueOf('namespace');
  return Object.freeze({
    namespace,
    connection: valueOf('connection'),
    protectedNamespaces: protectedNamespaces(
      [...namesIn(valueOf('protected-namespaces')), namespace],
      valueOf('enforce-in'),
    ),
    honourProtectedLabel: trueOrFalse('honour-protected-label', valueOf('honour-protected-label')),
    healthPort: port('health-port', valueOf('health-port')),
    metricsPort: port('metrics-port', valueOf('metrics-port')),
    hookPort: port('hook-port', valueOf('hook-port')),
    leaderElect: trueOrFalse('leader-elect', valueOf('leader-elect')),
    pauseOnStop: pausables(valueOf('pause-on-stop')),
    brake: Object.freeze({
      sharePercent: wholeNumber('brake-share', valueOf('brake-share'), { min: 1, max: 100 }),
      floor: wholeNumber('brake-floor', valueOf('brake-floor'), { min: 0, max: 100_000 }),
      windowMs: windowMs(valueOf('brake-window')),
    }),
    enforcementsPerMinute: wholeNumber('enforcements-per-minute', valueOf('enforcements-per-minute'), {
      min: 1,
      max: 100_000,
    }),
    keepEnvValues: trueOrFalse('keep-env-values', valueOf('keep-env-values')),
    policyReports: trueOrFalse('policy-reports', valueOf('policy-reports')),
    notificationHosts: allowedHosts(namesIn(valueOf('notification-hosts'))),
    logLevel: logLevel(valueOf('log-level')),
  });
}

function protectedNamespaces(named: readonly string[], enforceIn: string): NamespaceSet {
  const always = new Set(named);
  if (enforceIn === EVERYWHERE) return always;
  const actedIn = new Set(namesIn(enforceIn));
  return { has: (namespace) => always.has(namespace) || !actedIn.has(namespace) };
}

function namesIn(list: string): readonly string[] {
  return list
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
}

function parseFlags(args: readonly string[]): ReadonlyMap<string, string> {
  const given = new Map<string, string>();
  for (let at = 0; at < args.length; at++) {
    const argument = args[at] ?? '';
    const [flag = '', inline] = argument.replace(/^--/, '').split('=', 2);
    if (!argument.startsWith('--') || !(flag in flags)) throw new Error(`unknown argument ${argument}; see --help`);
    const value = inline ?? args[++at];
    if (value === undefined) throw new Error(`--${flag} takes a value; see --help`);
    given.set(flag, value);
  }
  return given;
}

function port(flag: Flag, text: string): number {
  return wholeNumber(flag, text, { what: 'a port', min: 0, max: 65_535 });
}

interface Range {
  readonly what?: string;
  readonly min: number;
  readonly max: number;
}

function wholeNumber(flag: Flag, text: string, { what = 'a whole number', min, max }: Range): number {
  const number = Number(text);
  if (/^[0-9]+$/u.test(text) && number >= min && number <= max) return number;
  throw new Error(`--${flag} takes ${what} from ${min} to ${max}, not "${text}"`);
}

const HOUR_MS = 3_600_000;
const LONGEST_WINDOW_MS = 7 * 24 * HOUR_MS; // as long as the result of a deleted workload is kept

function windowMs(text: string): number {
  const ms = parseDuration(text);
  if (ms !== undefined && ms >= HOUR_MS && ms <= LONGEST_WINDOW_MS) return ms;
  throw new Error(`--brake-window takes a duration from 1h to 7d, not "${text}"`);
}

function pausables(text: string): ReadonlySet<Pausable> {
  const names = text.split(',').filter((name) => name !== '');
  return new Set(
    names.map((name) => {
      const found = PAUSABLE.find((one) => one === name);
      if (found === undefined) throw new Error(`--pause-on-stop takes ${PAUSABLE.join(' and ')}, not "${name}"`);
      return found;
    }),
  );
}

function trueOrFalse(flag: Flag, text: string): boolean {
  if (text === 'true' || text === 'false') return text === 'true';
  throw new Error(`--${flag} takes true or false, not "${text}"`);
}

function logLevel(text: string): Settings['logLevel'] {
  switch (text) {
    case 'debug':
    case 'info':
    case 'warn':
    case 'error':
      return text;
    default:
      throw new Error(`--log-level takes debug, info, warn or error, not "${text}"`);
  }
}
