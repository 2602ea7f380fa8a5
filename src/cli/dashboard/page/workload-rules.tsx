// cli/dashboard/page: what a workload breaks, what is waived, and the policies and exceptions behind it.
import type { ResultWaived } from '../../../api/v1alpha1/types.js';
import { durationText } from '../../duration-text.js';
import type { ExplainedException, ExplainedPolicy, ExplainedViolation } from '../../explain/explanation.js';
import { Badge, Code, Section, Severity, Table, Time } from './pieces.js';

export function Violations({ violations }: { readonly violations: readonly ExplainedViolation[] }) {
  return (
    <Section title="Violations" {...(violations.length === 0 ? { empty: 'None.' } : {})}>
      <Table caption="Violations, the worst first" columns={violationColumns} rows={violations} keyOf={keyOf} />
    </Section>
  );
}

const violationColumns = [
  {
    title: 'Finding',
    isName: true as const,
    cell: ({ id, severity, summary }: ExplainedViolation) => (
      <>
        <Code>{id}</Code> {severity === undefined ? null : <Severity severity={severity} />}
        <span class="below">{summary}</span>
      </>
    ),
  },
  { title: 'Image', cell: ({ image }: ExplainedViolation) => <Code>{image}</Code> },
  { title: 'Fixed in', cell: fixedIn },
  {
    title: 'Asked by',
    cell: ({ policyKind, policy, field = '' }: ExplainedViolation) => (
      <>
        {policyKind ?? 'policy'} {policy}
        <span class="below">
          <Code>{field}</Code>
        </span>
      </>
    ),
  },
  { title: 'Asks for', cell: asksFor },
];

function fixedIn({ condition, fixedVersions = [] }: ExplainedViolation): string {
  if (condition !== 'Security') return 'no version';
  return fixedVersions.length === 0 ? 'none known' : fixedVersions.join(', ');
}

function asksFor({ mode, asks, inGrace, dueAt, notWaived }: ExplainedViolation) {
  return (
    <>
      {mode} {asks}
      <span class="below">
        {inGrace ? 'in grace until ' : 'due since '}
        <Time at={dueAt} />
      </span>
      {notWaived.map((message) => (
        <span key={message} class="below">
          not waived: {message}
        </span>
      ))}
    </>
  );
}

function keyOf({ condition, id, image, policyKind, policy, field }: ExplainedViolation): string {
  return [condition, id, image, policyKind, policy, field].join(' ');
}

export function Waived({ waived }: { readonly waived: readonly ResultWaived[] }) {
  return (
    <Section title="Waived" {...(waived.length === 0 ? { empty: 'Nothing.' } : {})}>
      <Table caption="Waived violations" columns={waivedColumns} rows={waived} keyOf={waivedKey} />
    </Section>
  );
}

const waivedColumns = [
  {
    title: 'Finding',
    isName: true as const,
    cell: ({ id, severity, summary }: ResultWaived) => (
      <>
        <Code>{id}</Code> {severity === undefined ? null : <Severity severity={severity} />}
        <span class="below">{summary}</span>
      </>
    ),
  },
  { title: 'Image', cell: ({ image }: ResultWaived) => <Code>{image}</Code> },
  { title: 'Asked by', cell: ({ policyKind, policy }: ResultWaived) => `${policyKind} ${policy}` },
  { title: 'Exception', cell: ({ exception }: ResultWaived) => exception },
  { title: 'Until', cell: ({ until }: ResultWaived) => <Time at={until} /> },
];

function waivedKey({ condition, id, image, policyKind, policy }: ResultWaived): string {
  return [condition, id, image, policyKind, policy].join(' ');
}

export function Exceptions({ exceptions }: { readonly exceptions: readonly ExplainedException[] }) {
  return (
    <Section title="Exceptions" {...(exceptions.length === 0 ? { empty: 'None holds for this workload.' } : {})}>
      <Table
        caption="Exceptions that hold for this workload"
        columns={exceptionColumns}
        rows={exceptions}
        keyOf={nameOf}
      />
    </Section>
  );
}

const exceptionColumns = [
  { title: 'Exception', isName: true as const, cell: ({ name }: ExplainedException) => name },
  {
    title: 'State',
    cell: ({ state }: ExplainedException) => <Badge tone={state === 'Active' ? 'good' : 'plain'}>{state}</Badge>,
  },
  { title: 'Until', cell: ({ until }: ExplainedException) => <Time at={until} /> },
  { title: 'Waives here', isNumber: true as const, cell: ({ waives }: ExplainedException) => waives },
  { title: 'Reason', cell: ({ reason }: ExplainedException) => reason },
];

function nameOf({ name }: ExplainedException): string {
  return name;
}

export function Policies({ policies }: { readonly policies: readonly ExplainedPolicy[] }) {
  return (
    <Section title="Policies that apply" {...(policies.length === 0 ? { empty: 'None that could be read.' } : {})}>
      <Table caption="Policies that apply" columns={policyColumns} rows={policies} keyOf={policyKey} />
    </Section>
  );
}

const policyColumns = [
  { title: 'Policy', isName: true as const, cell: ({ kind, name }: ExplainedPolicy) => `${kind} ${name}` },
  { title: 'Tier', cell: ({ tier }: ExplainedPolicy) => tier },
  { title: 'Mode', cell: ({ mode }: ExplainedPolicy) => mode },
  { title: 'Asks for', cell: rulesOf },
  { title: 'Exceptions', cell: exceptionsOf },
];

function rulesOf({ asks, rollback, yields }: ExplainedPolicy) {
  return (
    <ul class="plain">
      {asks.map(({ condition, action, graceSeconds }) => {
        const to = yields.find((one) => one.condition === condition)?.to;
        const grace = graceSeconds === 0 ? '' : ` after a grace period of ${durationText(graceSeconds)}`;
        return (
          <li key={condition}>
            {condition}: {to === undefined ? `${action}${grace}` : `gives way to ${to.join(', ')}`}
          </li>
        );
      })}
      {rollback === true && <li key="rollback">before ScaleDown: a rollback</li>}
    </ul>
  );
}

function exceptionsOf({ exceptions, maxExceptionSeconds }: ExplainedPolicy): string {
  if (exceptions === 'Forbidden') return 'forbidden';
  return maxExceptionSeconds === undefined ? 'allowed' : `for ${durationText(maxExceptionSeconds)} at most`;
}

function policyKey({ kind, name }: ExplainedPolicy): string {
  return `${kind} ${name}`;
}
