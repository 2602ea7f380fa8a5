// cli/dashboard/page: the overview: what `kubexray status` prints, reckoned by the same function.
import { useMemo } from 'preact/hooks';
import { type ConnectionState, type Overview, overviewOf, type PolicyState } from '../../status/overview.js';
import type { WorkloadLine } from '../item.js';
import { Go } from './navigation.js';
import { Badge, Code, Section, Table, Time } from './pieces.js';
import { workloadsPath } from './route.js';
import type { Shown } from './shown.js';
import { workloadColumns } from './workload-columns.js';

const WORST = 10;

/** All are shown, so that what is not there can be seen not to be. */
const VERDICTS = ['Violating', 'Unscanned', 'Unknown', 'Pending', 'Compliant'];

export function OverviewView({ shown }: { readonly shown: Shown }) {
  const { namespace, workloads, policies, connections } = shown;
  const overview = useMemo(
    () => overviewOf({ workloads, policies, connections, notes: [], worst: WORST }),
    [workloads, policies, connections],
  );
  const { policiesNotReady } = overview;
  const worst = useMemo(() => worstLines(workloads, overview), [workloads, overview]);
  return (
    <>
      <h1 tabIndex={-1}>{namespace === undefined ? 'All namespaces' : `Namespace ${namespace}`}</h1>
      <p class="lead">{sentence(overview)}</p>
      <Counts title="Verdicts" name="verdict" words={VERDICTS} counts={overview.verdicts} />
      <Counts title="Actions" name="action" words={[]} counts={overview.actions} />
      <Section title="The worst" {...(worst.length === 0 ? { empty: 'No workload breaks a rule.' } : {})}>
        <Table caption="The worst workloads" columns={workloadColumns} rows={worst} keyOf={keyOf} />
      </Section>
      <Section title="Policies not in force" {...policiesSaid(overview)}>
        <Table caption="Policies not in force" columns={policyColumns} rows={policiesNotReady} keyOf={policyKey} />
      </Section>
      <Section title="Xray" {...(connections.length === 0 ? { empty: 'There is no XrayConnection to be seen.' } : {})}>
        {connections.map((connection) => (
          <Connection key={connection.name} connection={connection} />
        ))}
      </Section>
    </>
  );
}

/** The same order, so the first lines that the overview names are the first of the list. */
function worstLines(workloads: readonly WorkloadLine[], { worst }: Overview): readonly WorkloadLine[] {
  const chosen = new Set<unknown>(worst);
  return workloads.filter((line) => chosen.has(line));
}

function sentence({ workloads, violating }: Overview): string {
  if (workloads === 0) return 'No workload has a result yet. Does the operator run, and are there pods?';
  const all = workloads === 1 ? '1 workload' : `${workloads.toLocaleString()} workloads`;
  return violating === 0
    ? `${all}, and none breaks a rule.`
    : `${all}, ${violating.toLocaleString()} of them break rules.`;
}

function policiesSaid({ policies, policiesNotReady }: Overview): { readonly empty?: string } {
  if (policiesNotReady.length > 0) return {};
  return { empty: policies === 0 ? 'There is no policy to be seen.' : `All are in force: ${policies}.` };
}

interface CountsProps {
  readonly title: string;
  readonly name: 'verdict' | 'action';
  readonly words: readonly string[];
  readonly counts: Readonly<Record<string, number>>;
}

function Counts({ title, name, words, counts }: CountsProps) {
  const known = [
    ...words,
    ...Object.keys(counts)
      .filter((word) => !words.includes(word))
      .sort(),
  ];
  return (
    <Section title={title}>
      <ul class="counts">
        {known.map((word) => (
          <li key={word}>
            <Go to={workloadsPath({ [name]: word })} class={`count ${(counts[word] ?? 0) === 0 ? 'zero' : word}`}>
              <strong>{(counts[word] ?? 0).toLocaleString()}</strong> <span>{word}</span>
            </Go>
          </li>
        ))}
      </ul>
    </Section>
  );
}

const policyColumns = [
  { title: 'Policy', isName: true as const, cell: ({ kind, name }: PolicyState) => `${kind} ${name}` },
  { title: 'Reason', cell: ({ reason }: PolicyState) => <Badge tone="bad">{reason}</Badge> },
  { title: 'Message', cell: ({ message }: PolicyState) => message },
];

function keyOf({ namespace, result }: WorkloadLine): string {
  return `${namespace}/${result}`;
}

function policyKey({ kind, name }: PolicyState): string {
  return `${kind} ${name}`;
}

function Connection({ connection }: { readonly connection: ConnectionState }) {
  const { name, url, ready, reason, message, version, lastSuccessfulPoll } = connection;
  return (
    <dl class="facts">
      <dt>{name}</dt>
      <dd>
        <Badge tone={ready === 'True' ? 'good' : 'bad'}>{reason}</Badge> {ready === 'True' ? null : message}
      </dd>
      <dt>Address</dt>
      <dd>
        <Code>{url}</Code>
        {version === undefined ? null : ` version ${version}`}
      </dd>
      {lastSuccessfulPoll === undefined ? null : (
        <>
          <dt>Last answer</dt>
          <dd>
            <Time at={lastSuccessfulPoll} />
          </dd>
        </>
      )}
    </dl>
  );
}
