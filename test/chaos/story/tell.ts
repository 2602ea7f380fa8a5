// chaos/story: makes a story from a seed: who writes what when, and what goes wrong meanwhile.
import { allIssues, clean, type Facts, LICENSES, type Truth } from './findings.js';
import { Random } from './random.js';
import {
  type Action,
  ACTION_KEYS,
  type Actions,
  type ApiFault,
  type ExceptionSpec,
  type Misfortune,
  type PolicyKey,
  type PolicySpec,
  ROLLING,
  type Selector,
  type Step,
  type Story,
  type TimedStep,
  WORKLOAD_KINDS,
  type WorkloadKey,
  type WorkloadSpec,
  type XrayFault,
} from './world.js';

export interface Telling {
  /** Begins the names of all that the story makes, so that several can be played on one cluster. */
  readonly prefix: string;
  /** 1 = as told below; smaller is quicker. */
  readonly scale: number;
  /** Without those that befall all who share an operator. */
  readonly sharedFaults: boolean;
}

const IMAGES = 7;
const SECOND = 1_000;
const TEAMS = ['red', 'blue'] as const;
const TIERS = ['web', 'batch'] as const;

export function protectedNamespace(prefix: string): string {
  return `${prefix}-guarded`;
}

export function tell(seed: number, { prefix, scale, sharedFaults }: Telling): Story {
  const random = new Random(seed);
  const teller = new Teller(random, prefix, scale);
  const steps: TimedStep[] = [];
  let atMs = 0;
  for (const step of teller.beginning()) steps.push({ atMs: (atMs += random.between(0, 300)), step });
  const count = random.between(8, 28);
  for (let i = 0; i < count; i++) {
    atMs += random.chance(0.3) ? random.between(0, 20) : Math.round(random.between(50, 9_000) * scale);
    const fault = sharedFaults && random.chance(0.3);
    steps.push({ atMs, step: fault ? teller.fault() : teller.edit() });
  }
  const ends = steps.map(({ atMs: begins, step }) => begins + lastsMs(step));
  return { seed, namespaces: teller.namespaces, steps, endMs: Math.max(...ends) };
}

/**
 * The faults that all who share an operator live through together: a few at once, and a calm after them. Without one the operator
 * comes to act only once all is over, and nothing that it did is ever undone.
 *
 * @param scale of how long they last
 */
export function tellFaults(seed: number, scale: number, forMs: number): readonly TimedStep<Misfortune>[] {
  const random = new Random(seed);
  const teller = new Teller(random, 'shared', scale);
  const steps: TimedStep<Misfortune>[] = [];
  const calmMs = (): number => random.between(6, 20) * SECOND;
  for (let beginsMs = calmMs(); beginsMs < forMs;) {
    const count = random.between(1, 3);
    const together = Array.from({ length: count }, () => ({
      atMs: beginsMs + random.between(0, 3 * SECOND),
      step: teller.fault(),
    }));
    steps.push(...together);
    beginsMs = Math.max(...together.map(({ atMs, step }) => atMs + lastsMs(step))) + calmMs();
  }
  return steps;
}

export function lastsMs(step: Step): number {
  if ('forMs' in step) return step.forMs;
  if ('downForMs' in step) return step.downForMs;
  if (step.do !== 'put exception') return 0;
  return step.lastsMs < 600 * SECOND ? step.lastsMs : 0; // else it outlasts the story
}

class Teller {
  readonly namespaces: ReadonlyMap<string, Readonly<Record<string, string>>>;
  readonly #random: Random;
  readonly #prefix: string;
  readonly #scale: number;
  readonly #workloads: WorkloadKey[] = [];
  readonly #policies: PolicyKey[] = [];
  readonly #exceptions: { readonly namespace: string; readonly name: string }[] = [];
  /** A story of upgrades begins with what complies, and has policies that take it back: all who ask for a stop have to. */
  readonly #isOfUpgrades: boolean;
  #made = 0;

  constructor(random: Random, prefix: string, scale: number) {
    this.#random = random;
    this.#prefix = prefix;
    this.#scale = scale;
    this.#isOfUpgrades = random.chance(0.4);
    const label = (): Record<string, string> => ({ story: prefix, team: random.one(TEAMS) });
    this.namespaces = new Map([
      [`${prefix}-a`, label()],
      [`${prefix}-b`, label()],
      [protectedNamespace(prefix), label()],
    ]);
  }

  beginning(): readonly Step[] {
    const random = this.#random;
    const facts = Array.from({ length: IMAGES }, (_, i): Step => {
      return { do: 'tell Xray', image: this.#imageNamed(i), truth: i === 0 ? clean : this.#truth() };
    });
    const rest = [
      ...Array.from({ length: random.between(1, 4) }, () => this.#newPolicy()),
      ...Array.from({ length: random.between(2, 6) }, () => this.#newWorkload()),
      ...Array.from({ length: random.between(0, 2) }, () => this.#newException()),
    ];
    return [...facts, ...rest.toSorted(() => random.next() - 0.5)];
  }

  edit(): Step {
    const random = this.#random;
    const of = (step: () => Step | undefined) => step;
    const step = random.weighted<() => Step | undefined>([
      [3, of(() => this.#newWorkload())],
      [this.#isOfUpgrades ? 16 : 4, of(() => this.#setImage())],
      [4, of(() => this.#setReplicas())],
      [1, of(() => this.#labelWorkload())],
      [1, of(() => this.#deleteWorkload())],
      [3, of(() => this.#newPolicy())],
      [3, of(() => this.#editPolicy())],
      [1, of(() => this.#spoilPolicy())],
      [2, of(() => this.#approvePolicy())],
      [2, of(() => this.#deletePolicy())],
      [2, of(() => this.#newException())],
      [1, of(() => this.#deleteException())],
      [1, of(() => this.#labelNamespace())],
      [4, of(() => this.#tellXray())],
    ]);
    return step() ?? this.#tellXray();
  }

  fault(): Misfortune {
    const random = this.#random;
    const forMs = this.#scaled(random.between(1, 40));
    return random.weighted<() => Misfortune>([
      [4, () => ({ do: 'break Xray', how: this.#xrayFault(), forMs })],
      [4, () => ({ do: 'break API', how: this.#apiFault(), forMs: this.#scaled(random.between(1, 100)) })],
      [2, () => ({ do: 'kill operator', downForMs: this.#scaled(random.between(0, 20)) })],
      [1, () => ({ do: 'stop operator', downForMs: this.#scaled(random.between(0, 20)) })],
      [1, () => ({ do: 'freeze operator', forMs })],
    ])();
  }

  #xrayFault(): XrayFault {
    const random = this.#random;
    return random.weighted<() => XrayFault>([
      [4, () => ({ kind: 'status', status: random.one([401, 403, 404, 429, 500, 502, 503, 504] as const) })],
      [2, () => ({ kind: 'slow', delayMs: random.one([300, 1_500, 5_000]) })],
      [2, () => ({ kind: 'cut' })],
      [
        2,
        () => ({
          kind: 'garbage',
          body: random.one(['{}', '[]', 'null', '<html>log in</html>', '{"artifacts": 7}', '']),
        }),
      ],
      [1, () => ({ kind: 'clock', offsetMs: random.one([-86_400_000, -90_000, 90_000, 86_400_000]) })],
    ])();
  }

  #apiFault(): ApiFault {
    const random = this.#random;
    return random.weighted<() => ApiFault>([
      [2, () => ({ kind: 'unreachable' })],
      [3, () => ({ kind: 'status', status: random.one([429, 500, 503] as const), share: random.one([0.3, 0.7, 1]) })],
      [3, () => ({ kind: 'answers lost', share: random.one([0.3, 1]) })],
      [2, () => ({ kind: 'watches break', gone: random.chance(0.5) })],
      [2, () => ({ kind: 'watches silent' })],
      [1, () => ({ kind: 'restart' })],
    ])();
  }

  #newWorkload(): Step {
    const random = this.#random;
    const isOld = this.#isOfUpgrades && random.chance(0.7);
    const kind = random.one(['Deployment', 'Deployment', 'StatefulSet', ...(isOld ? [] : WORKLOAD_KINDS)] as const);
    const key = { kind, namespace: this.#namespace(), name: `w${this.#made++}` };
    this.#workloads.push(key);
    const workload: WorkloadSpec = {
      ...key,
      labels: { tier: random.one(TIERS) },
      replicas: random.between(1, 3),
      image: isOld ? this.#imageNamed(0) : this.#image(),
      ...(random.chance(0.2) ? { initImage: this.#image() } : {}),
      ...(kind === 'StatefulSet' && random.chance(0.3)
        ? {
            claims: {
              whenScaled: random.one(['Delete', 'Retain'] as const),
              whenDeleted: random.one(['Delete', 'Retain'] as const),
            },
          }
        : {}),
    };
    return { do: 'create workload', workload };
  }

  #newPolicy(): Step {
    const random = this.#random;
    const isCluster = random.chance(0.5);
    const name = `${this.#prefix}-p${this.#made++}`;
    const key = { namespace: isCluster ? '' : this.#namespace(), name };
    this.#policies.push(key);
    return { do: 'put policy', key, spec: this.#policySpec(isCluster) };
  }

  #editPolicy(): Step | undefined {
    const key = this.#any(this.#policies);
    return key && { do: 'put policy', key, spec: this.#policySpec(key.namespace === '') };
  }

  #policySpec(isCluster: boolean): PolicySpec {
    const random = this.#random;
    const rules = random.some(['unscanned', 'security', 'license'] as const, 0.5);
    const has = (rule: 'unscanned' | 'security' | 'license'): boolean =>
      rules.length === 0 ? rule === 'security' : rules.includes(rule);
    return {
      mode: random.chance(0.8) ? 'Enforce' : 'Audit',
      ...(random.chance(this.#isOfUpgrades ? 0.9 : 0.2) ? { rollback: 'PreviousCompliant' } : {}),
      ...(random.chance(0.3) ? { workloadSelector: this.#workloadSelector() } : {}),
      ...(isCluster ? this.#clusterPart() : {}),
      ...(has('unscanned') ? { unscanned: this.#unscannedRule() } : {}),
      ...(has('security') ? { security: this.#securityRule() } : {}),
      ...(has('license') ? { license: this.#licenseRule() } : {}),
    };
  }

  #clusterPart(): Pick<PolicySpec, 'tier' | 'namespaceSelector' | 'exceptions' | 'maxExceptionDuration'> {
    const random = this.#random;
    const team = random.chance(0.4) ? { team: random.one(TEAMS) } : {};
    const terms = random.weighted<Pick<PolicySpec, 'exceptions' | 'maxExceptionDuration'>>([
      [5, {}],
      [1, { exceptions: 'Forbidden' }],
      [1, { maxExceptionDuration: '1h' }],
    ]);
    return {
      tier: random.one(['Required', 'Default'] as const),
      namespaceSelector: { matchLabels: { story: this.#prefix, ...team } },
      ...terms,
    };
  }

  #unscannedRule(): NonNullable<PolicySpec['unscanned']> {
    const random = this.#random;
    return {
      gracePeriod: this.#grace(),
      ...(random.chance(0.2) ? { exemptImages: [`${this.#prefix}/app:${random.between(0, IMAGES - 1)}`] } : {}),
      actions: this.#actions(),
    };
  }

  #securityRule(): NonNullable<PolicySpec['security']> {
    const random = this.#random;
    return {
      minSeverity: random.one(['Critical', 'High', 'Medium', 'Low'] as const),
      ...(random.chance(0.2) ? { minCvssScore: random.one([4, 7, 9]) } : {}),
      ...(random.chance(0.2) ? { onlyFixable: true } : {}),
      ...(random.chance(0.2) ? { ignoredVulnerabilities: this.#ids() } : {}),
      ...(random.chance(0.4) ? { gracePeriod: this.#grace() } : {}),
      actions: this.#actions(),
    };
  }

  #licenseRule(): NonNullable<PolicySpec['license']> {
    const random = this.#random;
    return {
      ...(random.chance(0.6)
        ? { denied: [random.one(['AGPL-3.0-only', 'AGPL-*', 'GPL-2.0-only'])] }
        : { allowed: ['MIT'] }),
      ...(random.chance(0.3) ? { unknown: 'Deny' } : {}),
      actions: this.#actions(),
    };
  }

  #actions(): Actions {
    const action = (): Action =>
      this.#random.weighted<Action>([
        [2, 'Ignore'],
        [5, 'ScaleDown'],
        [2, 'Delete'],
      ]);
    const { pods, ...others } = Object.fromEntries(
      this.#random.some(Object.values(ACTION_KEYS), 0.4).map((key) => [key, action()]),
    ) as Actions;
    const ofPods = pods === undefined ? {} : ({ pods: pods === 'ScaleDown' ? 'Delete' : pods } as const);
    return { ...others, ...ofPods, default: action() };
  }

  #grace(): string {
    return `${Math.max(1, Math.round(this.#random.one([1, 5, 15]) * this.#scale))}s`;
  }

  #workloadSelector(): Selector {
    const random = this.#random;
    return random.one<Selector>([
      { matchLabels: { tier: random.one(TIERS) } },
      { matchExpressions: [{ key: 'tier', operator: 'NotIn', values: [random.one(TIERS)] }] },
      { matchExpressions: [{ key: 'extra', operator: 'DoesNotExist' }] },
    ]);
  }

  #spoilPolicy(): Step | undefined {
    const key = this.#any(this.#policies);
    return key && { do: 'spoil policy', key };
  }

  #approvePolicy(): Step | undefined {
    const key = this.#any(this.#policies);
    return key && { do: 'approve policy', key };
  }

  #deletePolicy(): Step | undefined {
    const key = this.#any(this.#policies);
    return key && { do: 'delete policy', key };
  }

  #newException(): Step {
    const random = this.#random;
    const key = { namespace: this.#namespace(), name: `x${this.#made++}` };
    this.#exceptions.push(key);
    const where = random.weighted<() => Partial<ExceptionSpec>>([
      [3, () => ({ workloadSelector: {} })],
      [2, () => ({ workloadSelector: this.#workloadSelector() })],
      [2, () => ({ images: [this.#image()] })],
      [1, () => ({ workloads: [this.#any(this.#workloads) ?? { kind: 'Deployment', name: 'none' }].map(named) })],
    ])();
    const what = random.weighted<() => Partial<ExceptionSpec>>([
      [4, () => ({ vulnerabilities: this.#ids() })],
      [2, () => ({ licenses: [random.one(LICENSES)] })],
      [2, () => ({ unscanned: true })],
    ])();
    const lastsMs = random.one([this.#scaled(8), this.#scaled(30), 1_800 * SECOND, 7_200 * SECOND]);
    return { do: 'put exception', ...key, spec: { ...where, ...what, reason: 'of the story' }, lastsMs };
  }

  #deleteException(): Step | undefined {
    const key = this.#any(this.#exceptions);
    return key && { do: 'delete exception', ...key };
  }

  #ids(): readonly string[] {
    const names = allIssues.flatMap(({ issue_id, cves }) => [issue_id, ...cves.map(({ cve }) => cve)]);
    const some = this.#random.some(names, 0.4);
    return some.length === 0 ? ['CVE-2026-0001'] : some;
  }

  #setImage(): Step | undefined {
    const workload = this.#any(this.#workloads.filter(({ kind }) => ROLLING.includes(kind)));
    return workload && { do: 'set image', workload, image: this.#image() };
  }

  #setReplicas(): Step | undefined {
    const workload = this.#any(this.#workloads);
    return workload && { do: 'set replicas', workload, replicas: this.#random.between(1, 5) };
  }

  #labelWorkload(): Step | undefined {
    const workload = this.#any(this.#workloads.filter(({ kind }) => kind !== 'Job')); // whose template is fixed
    const extra = this.#random.chance(0.5) ? { extra: 'yes' } : {};
    return workload && { do: 'label workload', workload, labels: { tier: this.#random.one(TIERS), ...extra } };
  }

  #deleteWorkload(): Step | undefined {
    const workload = this.#any(this.#workloads);
    return workload && { do: 'delete workload', workload };
  }

  #labelNamespace(): Step {
    const namespace = this.#namespace();
    return { do: 'label namespace', namespace, labels: { story: this.#prefix, team: this.#random.one(TEAMS) } };
  }

  #tellXray(): Step {
    return { do: 'tell Xray', image: this.#image(), truth: this.#truth() };
  }

  #truth(): Truth {
    const random = this.#random;
    return random.weighted<() => Truth>([
      [3, () => clean],
      [5, (): Facts => ({ issues: random.some(allIssues, 0.4), licenses: random.some(LICENSES, 0.3) })],
      [2, () => 'none'],
    ])();
  }

  #namespace(): string {
    const [a, b, guarded] = [...this.namespaces.keys()];
    return this.#random.weighted([
      [4, a ?? ''],
      [3, b ?? ''],
      [1, guarded ?? ''],
    ]);
  }

  #image(): string {
    return this.#imageNamed(this.#random.between(0, IMAGES - 1));
  }

  #imageNamed(i: number): string {
    return `${this.#prefix}/app:${i}`;
  }

  #any<T>(of: readonly T[]): T | undefined {
    return of.length === 0 ? undefined : this.#random.one(of);
  }

  #scaled(seconds: number): number {
    return Math.round(seconds * SECOND * this.#scale);
  }
}

function named({ kind, name }: { readonly kind: string; readonly name: string }): { kind: string; name: string } {
  return { kind, name };
}
