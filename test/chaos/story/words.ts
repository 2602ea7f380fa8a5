// chaos/story: a story in short, for whoever has to find out what went wrong in it.
import { keyOf, type Step, type Story } from './world.js';

export function inWords(story: Story): string {
  const lines = story.steps.map(
    ({ atMs, step }) => `  ${(atMs / 1_000).toFixed(3).padStart(8)} s  ${stepInWords(step)}`,
  );
  return [`story ${story.seed}: namespaces ${JSON.stringify([...story.namespaces])}`, ...lines].join('\n');
}

export function stepInWords({ do: what, ...step }: Step): string {
  if ('truth' in step) return `${what} of ${step.image}: ${truthInWords(step.truth)}`;
  const { workload, ...rest } = 'workload' in step ? step : { ...step, workload: undefined };
  if (workload === undefined) return `${what} ${JSON.stringify(rest)}`;
  const { kind, namespace, name, ...spec } = workload;
  return `${what} ${keyOf({ kind, namespace, name })} ${JSON.stringify({ ...spec, ...rest })}`;
}

function truthInWords(truth: Extract<Step, { do: 'tell Xray' }>['truth']): string {
  if (truth === 'none') return 'nothing known';
  return `${truth.issues.map(({ issue_id: id }) => id).join(' ') || 'no issues'}, ${truth.licenses.join(' ') || 'no licenses'}`;
}
