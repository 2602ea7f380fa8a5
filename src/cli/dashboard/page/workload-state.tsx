// cli/dashboard/page: what runs of a workload, and what was done to it.
import type { Condition, Enforcement, ResultImage } from '../../../api/v1alpha1/types.js';
import type { Happened } from '../workload-view.js';
import { Badge, Code, Section, Table, Time } from './pieces.js';

interface DoneProps {
  readonly done: Enforcement | undefined;
  readonly nextAt: string | undefined;
}

export function Done({ done, nextAt }: DoneProps) {
  return (
    <>
      {done === undefined ? null : (
        <p>
          {done.action} ({done.phase}, {done.reason}) <Time at={done.at} />: {done.message}
          {done.attempts > 1 ? ` It was done ${done.attempts} times.` : null}
        </p>
      )}
      {nextAt === undefined ? null : (
        <p>
          It may change by itself at <Time at={nextAt} />.
        </p>
      )}
    </>
  );
}

interface ImagesProps {
  readonly images: readonly ResultImage[];
  readonly licenses: readonly string[];
}

export function Images({ images, licenses }: ImagesProps) {
  return (
    <Section title="Images" {...(images.length === 0 ? { empty: 'None is known yet.' } : {})}>
      <Table caption="Images" columns={imageColumns} rows={images} keyOf={imageKey} />
      <p>{licenses.length === 0 ? 'No license was found.' : `Licenses: ${licenses.join(', ')}`}</p>
    </Section>
  );
}

const imageColumns = [
  {
    title: 'Image',
    isName: true as const,
    cell: ({ reference, digest = '' }: ResultImage) => (
      <>
        <Code>{reference}</Code>
        <span class="below">
          <Code>{digest}</Code>
        </span>
      </>
    ),
  },
  {
    title: 'State',
    cell: ({ state, message = '', revision }: ResultImage) => (
      <>
        <Badge tone={state === 'Scanned' ? 'good' : state === 'Unscanned' ? 'bad' : 'wait'}>{state}</Badge>
        {revision === 'Current' ? null : ' of an older revision'}
        <span class="below">{message}</span>
      </>
    ),
  },
  {
    title: 'Containers',
    cell: ({ containers }: ResultImage) =>
      containers.map(({ name, kind }) => (kind === 'Container' ? name : `${name} (${kind})`)).join(', '),
  },
  {
    title: 'Facts of',
    cell: ({ factsAt }: ResultImage) => (factsAt === undefined ? 'none' : <Time at={factsAt} />),
  },
  {
    title: 'Ignored in Xray',
    cell: ({ ignoredInXray = [] }: ResultImage) => ignoredInXray.map(({ id }) => id).join(', ') || 'nothing',
  },
];

function imageKey({ reference, digest = '', revision }: ResultImage): string {
  return `${reference} ${digest} ${revision}`;
}

export function History({ history }: { readonly history: readonly Happened[] }) {
  const empty =
    'Nothing was done to it, and no Event of the operator is kept: the cluster keeps them for an hour unless set up otherwise.';
  return (
    <Section title="History" {...(history.length === 0 ? { empty } : {})}>
      <ol class="history">
        {history.map(({ at, reason, message, isWarning, times }) => (
          <li key={`${at} ${reason} ${message}`}>
            <Time at={at} /> <Badge tone={isWarning ? 'bad' : 'plain'}>{reason}</Badge> {message}
            {times > 1 ? ` (${times} times)` : null}
          </li>
        ))}
      </ol>
    </Section>
  );
}

export function Conditions({ conditions }: { readonly conditions: readonly Condition[] }) {
  return (
    <Section title="Conditions" {...(conditions.length === 0 ? { empty: 'None yet.' } : {})}>
      <Table caption="Conditions" columns={conditionColumns} rows={conditions} keyOf={({ type }) => type} />
    </Section>
  );
}

const conditionColumns = [
  { title: 'Condition', isName: true as const, cell: ({ type }: Condition) => type },
  { title: 'Status', cell: ({ status }: Condition) => status },
  { title: 'Reason', cell: ({ reason }: Condition) => reason },
  { title: 'Message', cell: ({ message }: Condition) => message },
  { title: 'Since', cell: ({ lastTransitionTime }: Condition) => <Time at={lastTransitionTime} /> },
];
