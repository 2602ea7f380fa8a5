// cli/explain: the explanation for people.
import { actText } from '../act-text.js';
import { durationText } from '../duration-text.js';
import { colourOfVerdict, type Paint, timeText } from '../style.js';
import type { ResultWaived } from '../../api/v1alpha1/types.js';
import type { ExplainedException, ExplainedPolicy, ExplainedViolation, Explanation } from './explanation.js';

export function textExplanation(explanation: Explanation, paint: Paint): string {
  const { workload, verdict, action, message, policies, violations, waived, exceptions, history, notes } = explanation;
  const title = (text: string): string => paint('bold', text);
  return [
    `${title(`${workload.kind} ${workload.namespace}/${workload.name}`)}  ${paint(colourOfVerdict(verdict), verdict)}, ${action}`,
    ...(message === '' ? [] : [`  ${message}`]),
    '',
    title('Policies that apply'),
    ...(policies.length === 0 ? ['  none'] : policies.flatMap(policyLines)),
    '',
    title('Violations'),
    ...(violations.length === 0 ? ['  none'] : violations.flatMap((one) => violationLines(one, paint))),
    '',
    title('Waived'),
    ...(waived.length === 0 ? ['  nothing'] : waived.flatMap(waivedLines)),
    ...exceptions.filter(({ waives }) => waives === 0).map((one) => idleLine(one, paint)),
    '',
    title('Decision'),
    ...decisionLines(explanation),
    ...(history.length === 0 ? [] : ['', title('History'), ...history.map(historyLine)]),
    ...notes.map((note) => `${paint('yellow', 'note:')} ${note}`),
    '',
  ].join('\n');
}

function policyLines({ kind, name, tier, mode, asks, rollback, yields, ...terms }: ExplainedPolicy): readonly string[] {
  const rules = asks.map(({ condition, action, graceSeconds }) => {
    const to = yields.find((one) => one.condition === condition)?.to;
    if (to !== undefined) return `    ${condition}: gives way to ${to.map((one) => `XrayPolicy ${one}`).join(', ')}`;
    return `    ${condition}: ${action}${graceSeconds === 0 ? '' : ` after a grace period of ${durationText(graceSeconds)}`}`;
  });
  const { exceptions, maxExceptionSeconds } = terms;
  const longest =
    maxExceptionSeconds === undefined ? '' : `    exceptions: for ${durationText(maxExceptionSeconds)} at most`;
  const said = exceptions === 'Forbidden' ? '    exceptions: forbidden' : longest;
  return [
    `  ${kind} ${name} (${tier === 'Team' ? '' : `${tier}, `}${mode})`,
    ...rules,
    ...(rollback === true ? [ROLLBACK] : []),
    ...(said === '' ? [] : [said]),
  ];
}

const ROLLBACK = '    before ScaleDown: a rollback to the last revision that complies, if all that ask for it say so';

function violationLines(violation: ExplainedViolation, paint: Paint): readonly string[] {
  const { id, severity, image, summary, policyKind = 'policy', policy, field = '', asks, mode, inGrace } = violation;
  const grace = inGrace
    ? `, ${paint('yellow', 'in grace')} until ${second(violation.dueAt)}`
    : `, due since ${second(violation.dueAt)}`;
  return [
    `  ${paint('red', '✗')} ${id}${severity === undefined ? '' : ` (${severity})`} in ${image}: ${summary}`,
    `    ${policyKind} ${policy}${field === '' ? '' : `, ${field}`}: ${mode} ${asks}${grace}`,
    ...violation.notWaived.map((message) => `    ${paint('yellow', 'not waived:')} ${message}`),
  ];
}

function waivedLines({ id, image, policyKind, policy, exception, until }: ResultWaived): readonly string[] {
  return [
    `  ${id} in ${image}, asked by ${policyKind} ${policy}`,
    `    by XrayException ${exception} until ${second(until)}`,
  ];
}

function idleLine({ name, until, state }: ExplainedException, paint: Paint): string {
  const why = state === 'Expired' ? `expired at ${until}` : `holds for it until ${until}, and waives nothing`;
  return `  ${paint('dim', `XrayException ${name} ${why}`)}`;
}

/** What a release without history did is told here. */
function decisionLines({ decided, done, history, nextAt }: Explanation): readonly string[] {
  const { action, by } = decided;
  return [
    action === 'Ignore' ? '  nothing is due to be done' : `  ${action} won, asked for by ${by.join(', ')}`,
    ...(done === undefined || history.length > 0
      ? []
      : [`  ${done.action} (${done.phase}) at ${second(done.at)}: ${done.message}`]),
    ...(nextAt === undefined ? [] : [`  changes by itself at ${nextAt}`]),
  ];
}

function historyLine({ at, act, times = 1, lastAt, ...line }: Explanation['history'][number]): string {
  const often = times === 1 ? '' : ` (${times} times, last at ${second(lastAt ?? at)})`;
  return `  ${second(at)} ${act}${often}: ${actText({ at, act, ...line })}`;
}

function second(time: string): string {
  const parsed = new Date(time);
  return Number.isNaN(parsed.getTime()) ? time : timeText(parsed);
}
