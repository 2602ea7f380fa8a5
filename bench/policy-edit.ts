// What an edit of one policy costs: 10,000 workloads under 200 policies and 500 exceptions. Run by `make bench`; it fails where an
// edit costs more CPU than it may, or has workloads judged that it does not select.
import type { ClusterXrayPolicySpec, PolicyRules } from '../src/api/v1alpha1/types.js';
import { PolicyBook } from '../src/controllers/policies/policy-book.js';
import { evaluate, type Judgement } from '../src/evaluate/verdict.js';
import { WorkloadIndex } from '../src/evaluate/workload-index.js';
import type { ObservedObject } from '../src/observe/observed.js';
import { memoryOf } from '../src/report/result/first-seen.js';
import { PolicyLedger } from '../src/report/policies/policy-ledger.js';
import { sharesOf } from '../src/report/policies/policy-shares.js';
import { licenseNamed, type Severity, type Vulnerability } from '../src/scan/finding.js';
import type { Knowledge } from '../src/scan/knowledge.js';
import { type Digest, parseDigest } from '../src/workload/digest.js';
import { type Workload, workloadKey } from '../src/workload/workload.js';

const WORKLOADS = 10_000;
const NAMESPACES = 100;
const TEAM_POLICIES = 190;
const CLUSTER_POLICIES = 10;
const EXCEPTIONS = 500;
const IMAGES = 1_000;
const VULNERABILITIES = 60; // of an image
const LIMIT_MS = 300;
const RUNS = 7;

const now = new Date('2026-03-01T12:00:00Z');
const stops = { deployments: 'ScaleDown' } as const;
const SEVERITIES: readonly Severity[] = ['Low', 'Medium', 'Low', 'High', 'Unknown', 'Medium', 'Critical', 'Low'];

function digestOf(i: number): Digest {
  const parsed = parseDigest(`sha256:${i.toString(16).padStart(64, '0')}`);
  if (!parsed.ok) throw new Error(parsed.why);
  return parsed.digest;
}

function vulnerabilityOf(image: number, i: number): Vulnerability {
  const number = (image * 31 + i * 7) % 5_000;
  return {
    id: `XRAY-${number}`,
    cves: [`CVE-2026-${10_000 + number}`],
    severity: SEVERITIES[(image + i) % SEVERITIES.length] ?? 'Low',
    cvss: (number % 100) / 10,
    summary: 'a buffer overflows',
    fixedVersions: number % 2 === 0 ? ['1.2.3'] : [],
    applicability: 'Undetermined',
    malicious: false,
  };
}

function knowledgeOfImages(): ReadonlyMap<string, Knowledge> {
  const licenses = ['MIT', 'Apache-2.0', 'GPL-3.0-only'].map(licenseNamed);
  return new Map(
    Array.from({ length: IMAGES }, (_, image) => {
      const vulnerabilities = Array.from({ length: VULNERABILITIES }, (_unused, i) => vulnerabilityOf(image, i));
      const facts = { vulnerabilities, licenses, paths: [] };
      return [digestOf(image), { state: 'scanned', at: now, completeness: 'Complete', facts }];
    }),
  );
}

function objectOf(namespace: string, name: string, generation = 1): ObservedObject {
  const labels = {};
  const creationTimestamp = now.toISOString();
  return { namespace, name, uid: `${namespace}/${name}`, resourceVersion: '1', generation, labels, creationTimestamp };
}

function workloadOf(i: number): Workload {
  const name = `web-${i}`;
  const image = (i * 7) % IMAGES;
  return {
    ref: { apiVersion: 'apps/v1', kind: 'Deployment', namespace: `team-${i % NAMESPACES}`, name, uid: name },
    labels: { app: name, tier: i % 20 === 0 ? 'front' : 'back' },
    images: [
      {
        reference: `acme.jfrog.io/docker/app-${image}:1`,
        digest: digestOf(image),
        containers: [{ name: 'main', kind: 'Container' }],
        revision: 'Current',
      },
    ],
    nodes: [],
    pods: 3,
    startedJobs: [],
    puller: { namespace: `team-${i % NAMESPACES}`, pullSecrets: [], serviceAccount: '' },
  };
}

const teamSpec: PolicyRules = {
  mode: 'Enforce',
  security: { minSeverity: 'Critical', gracePeriod: '72h', actions: stops },
  license: { denied: ['AGPL-3.0-*', 'SSPL-*'], actions: stops },
};
const clusterSpec = { ...teamSpec, tier: 'Required' } as const satisfies ClusterXrayPolicySpec;

/** The operator's own book, index and ledger, with everything in it. */
class Cluster {
  readonly #index = new WorkloadIndex();
  readonly book = new PolicyBook(this.#index);
  readonly #ledger = new PolicyLedger();
  readonly #knowledge = knowledgeOfImages();
  readonly #workloads = new Map<string, Workload>();

  constructor() {
    for (let i = 0; i < NAMESPACES; i++) this.book.putNamespace({ name: `team-${i}`, labels: { team: `team-${i}` } });
    for (let i = 0; i < TEAM_POLICIES; i++)
      this.book.putPolicy({ ...objectOf(`team-${i % NAMESPACES}`, `p${i}`), spec: teamSpec });
    for (let i = 0; i < CLUSTER_POLICIES; i++)
      this.book.putClusterPolicy({ ...objectOf('', `c${i}`), spec: this.#clusterSpec(i) });
    for (let i = 0; i < EXCEPTIONS; i++) this.#addException(i);
    for (let i = 0; i < WORKLOADS; i++) {
      const workload = workloadOf(i);
      this.#workloads.set(workloadKey(workload.ref), workload);
    }
    this.judge(this.#workloads.keys());
  }

  // The first of them covers everything, the others a tenth of the namespaces each.
  #clusterSpec(i: number): typeof clusterSpec & Pick<ClusterXrayPolicySpec, 'namespaceSelector'> {
    const values = Array.from({ length: NAMESPACES / 10 }, (_, n) => `team-${(i * 10 + n) % NAMESPACES}`);
    const namespaceSelector = { matchExpressions: [{ key: 'team', operator: 'In' as const, values }] };
    return i === 0 ? clusterSpec : { ...clusterSpec, namespaceSelector };
  }

  #addException(i: number): void {
    const vulnerabilities = [`CVE-2026-${10_000 + (i % 5_000)}`];
    const spec = {
      workloadSelector: {},
      vulnerabilities,
      reason: 'of the benchmark',
      expiresAt: '2026-04-01T00:00:00Z',
    };
    this.book.putException({ ...objectOf(`team-${i % NAMESPACES}`, `e${i}`), spec });
  }

  judge(keys: Iterable<string>): number {
    let judged = 0;
    for (const key of keys) {
      const workload = this.#workloads.get(key);
      if (workload === undefined) throw new Error(`${key} is no workload`);
      this.#index.put(key, workload);
      const judgement = this.#judgeOne(workload);
      this.#ledger.note(key, sharesOf(judgement, { kind: 'running' }, now), now);
      judged++;
    }
    return judged;
  }

  #judgeOne(workload: Workload): Judgement {
    const { namespace } = workload.ref;
    return evaluate({
      workload,
      knowledgeOf: (digest) => this.#knowledge.get(digest) ?? { state: 'notAsked' },
      policies: this.book.policiesIn(namespace),
      exceptions: this.book.exceptionsIn(namespace),
      memory: memoryOf(undefined),
      now,
    });
  }
}

interface Edit {
  readonly name: string;
  readonly selects: number;
  readonly keys: (generation: number) => ReadonlySet<string>;
}

function edits(book: PolicyBook): readonly Edit[] {
  const minCvssScore = (generation: number): number => (generation % 2 === 0 ? 7 : 6);
  const edited = (generation: number): PolicyRules => ({
    ...teamSpec,
    security: { minSeverity: 'Critical', minCvssScore: minCvssScore(generation), actions: stops },
  });
  const narrow = { matchLabels: { app: 'web-100' } };
  const team = (generation: number, spec: PolicyRules): ReadonlySet<string> =>
    book.putPolicy({ ...objectOf('team-0', 'p0', generation), spec }).workloads;
  const inNamespace = WORKLOADS / NAMESPACES;
  return [
    {
      name: 'a cluster policy that selects every workload',
      selects: WORKLOADS,
      keys: (generation) =>
        book.putClusterPolicy({ ...objectOf('', 'c0', generation), spec: { ...clusterSpec, ...edited(generation) } })
          .workloads,
    },
    {
      name: 'a cluster policy that selects a tenth of the namespaces',
      selects: WORKLOADS / 10,
      keys: (generation) => {
        const values = Array.from({ length: NAMESPACES / 10 }, (_, n) => `team-${10 + n}`);
        const namespaceSelector = { matchExpressions: [{ key: 'team', operator: 'In' as const, values }] };
        const spec = { ...clusterSpec, ...edited(generation), namespaceSelector };
        return book.putClusterPolicy({ ...objectOf('', 'c1', generation), spec }).workloads;
      },
    },
    { name: "a team's policy", selects: inNamespace, keys: (generation) => team(generation, edited(generation)) },
    {
      name: "a team's policy, narrowed to one workload (it selected all of its namespace before)",
      selects: inNamespace,
      keys: (generation) => {
        team(generation, edited(generation));
        return team(generation + 0.5, { ...edited(generation), workloadSelector: narrow });
      },
    },
    {
      name: "a team's policy that selects one workload",
      selects: 1,
      keys: (generation) => {
        team(generation, { ...edited(generation), workloadSelector: narrow });
        return team(generation + 0.5, { ...edited(generation + 1), workloadSelector: narrow });
      },
    },
  ];
}

function cpuMs(since: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(since);
  return (user + system) / 1_000;
}

function main(): void {
  const cluster = new Cluster();
  const print = (line: string): void => void process.stdout.write(`${line}\n`);
  print(
    `${WORKLOADS} workloads, ${TEAM_POLICIES + CLUSTER_POLICIES} policies, ${EXCEPTIONS} exceptions; median of ${RUNS} edits`,
  );
  let generation = 1;
  for (const { name, selects, keys } of edits(cluster.book)) {
    const spent = Array.from({ length: RUNS }, () => {
      generation++;
      const start = process.cpuUsage();
      const judged = cluster.judge(keys(generation));
      if (judged !== selects) throw new Error(`${name}: ${judged} were judged, ${selects} are selected`);
      return cpuMs(start);
    }).sort((a, b) => a - b);
    const median = spent[Math.floor(RUNS / 2)] ?? Number.NaN;
    print(`${median.toFixed(1).padStart(8)} ms CPU  ${String(selects).padStart(6)} judged  ${name}`);
    if (median > LIMIT_MS) throw new Error(`${name}: ${median.toFixed(1)} ms of CPU; ${LIMIT_MS} are allowed`);
  }
}

main();
