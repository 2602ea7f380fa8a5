// cli/dashboard/page: one workload: what `kubexray explain` tells of it, its images, and what happened to it.
import { useEffect, useRef } from 'preact/hooks';
import type { Explanation } from '../../explain/explanation.js';
import type { WorkloadView as View } from '../workload-view.js';
import { announce } from './announcer.js';
import { Go } from './navigation.js';
import { Action, Notes, Section, Verdict } from './pieces.js';
import { workloadsPath } from './route.js';
import type { Shown } from './shown.js';
import { useWorkload } from './use-workload.js';
import { Exceptions, Policies, Violations, Waived } from './workload-rules.js';
import { Conditions, Done, History, Images } from './workload-state.js';

interface Props {
  readonly token: string;
  readonly shown: Shown;
  readonly namespace: string;
  readonly result: string;
}

export function WorkloadView({ token, shown, namespace, result }: Props) {
  const { view, problem } = useWorkload({ token, shown, namespace, result });
  useAnnounced(view?.explanation);
  if (view === undefined) return <Before problem={problem} result={result} />;
  const { explanation } = view;
  const { workload } = explanation;
  return (
    <>
      <p class="path">
        <Go to={workloadsPath({})}>Workloads</Go> / <Go to={workloadsPath({ namespace })}>{namespace}</Go>
      </p>
      <h1 tabIndex={-1}>
        {workload.kind} {workload.name}
      </h1>
      {problem === undefined ? null : <Notes notes={[problem]} />}
      <Standing view={view} />
      <Notes notes={explanation.notes} />
      <Decision explanation={explanation} />
      <Violations violations={explanation.violations} />
      <Waived waived={explanation.waived} />
      <Exceptions exceptions={explanation.exceptions} />
      <Policies policies={explanation.policies} />
      <Images images={view.images} licenses={view.licenses} />
      <History history={view.history} />
      <Conditions conditions={view.conditions} />
    </>
  );
}

function Before({ problem, result }: { readonly problem: string | undefined; readonly result: string }) {
  return (
    <>
      <h1 tabIndex={-1}>{result}</h1>
      <p>{problem ?? 'Reading…'}</p>
    </>
  );
}

/** A change of where it stands is worth a word to whoever cannot see it. */
function useAnnounced(explanation: Explanation | undefined): void {
  const standing =
    explanation === undefined
      ? undefined
      : `${explanation.workload.kind} ${explanation.workload.name} is now ${explanation.verdict}, ${explanation.action}`;
  const before = useRef(standing);
  useEffect(() => {
    if (standing !== undefined && before.current !== undefined && before.current !== standing) announce(standing);
    before.current = standing;
  }, [standing]);
}

const SEVERITIES = ['critical', 'high', 'medium', 'low', 'unknown'] as const;

function Standing({ view: { explanation, summary } }: { readonly view: View }) {
  const { verdict, action, message } = explanation;
  const counts = summary === undefined ? [] : SEVERITIES.map((severity) => [severity, summary[severity]] as const);
  return (
    <>
      <p class="standing">
        <Verdict verdict={verdict} /> <Action action={action} />
      </p>
      {message === '' ? null : <p class="lead">{message}</p>}
      <dl class="severities">
        {counts.map(([severity, count]) => (
          <div key={severity}>
            <dt>{severity}</dt>
            <dd>{count.toLocaleString()}</dd>
          </div>
        ))}
      </dl>
    </>
  );
}

function Decision({ explanation: { decided, done, nextAt } }: { readonly explanation: Explanation }) {
  const { action, by } = decided;
  return (
    <Section title="Decision">
      <p>
        {action === 'Ignore' ? (
          'Nothing is due to be done.'
        ) : (
          <>
            <strong>{action}</strong> won, asked for by {by.join(', ')}.
          </>
        )}
      </p>
      <Done done={done} nextAt={nextAt} />
    </Section>
  );
}
