// chaos/story: a story in short, for whoever has to find out what went wrong in it.
import { keyOf, type Step, type Story } from './world.js';

export function inWords(story: Story): string {
  const lines = story.steps.map(
    ({ atMs, step }) => `  ${(atMs / 1_000).toFixed(3).padStart(8)} s  ${stepInWords(step)}`,
  );
  return [`story ${story.seed}: namespaces ${JSON.stringify([...story.namespaces])}`, ...lines].join('\n');
}

export function stepInWords(step: Step): string {
  switch (step.do) {
    case 'put policy':
    case 'spoil policy':
    case 'delete policy': {
      const { namespace, name } = step.key;
      const of = namespace === '' ? name : `${namespace}/${name}`;
      return `${step.do} ${of}${step.do === 'put policy' ? ` ${JSON.stringify(step.spec)}` : ''}`;
    }
    case 'put exception':
      return `${step.do} ${step.namespace}/${step.name} for ${step.lastsMs / 1_000} s ${JSON.stringify(step.spec)}`;
    case 'delete exception':
      return `${step.do} ${step.namespace}/${step.name}`;
    case 'create workload': {
      const { kind, namespace, name, ...spec } = step.workload;
      return `${step.do} ${keyOf({ kind, namespace, name })} ${JSON.stringify(spec)}`;
    }
    case 'set image':
      return `${step.do} of ${keyOf(step.workload)} to ${step.image}`;
    case 'set replicas':
      return `${step.do} of ${keyOf(step.workload)} to ${step.replicas}`;
    case 'label workload':
      return `${step.do} ${keyOf(step.workload)} ${JSON.stringify(step.labels)}`;
    case 'delete workload':
      return `${step.do} ${keyOf(step.workload)}`;
    case 'label namespace':
      return `${step.do} ${step.namespace} ${JSON.stringify(step.labels)}`;
    case 'tell Xray':
      return `${step.do} of ${step.image}: ${truthInWords(step.truth)}`;
    case 'break Xray':
    case 'break API':
      return `${step.do} ${JSON.stringify(step.how)} for ${step.forMs / 1_000} s`;
    case 'kill operator':
    case 'stop operator':
      return `${step.do}, started again after ${step.downForMs / 1_000} s`;
    case 'freeze operator':
      return `${step.do} for ${step.forMs / 1_000} s`;
  }
}

function truthInWords(truth: Extract<Step, { do: 'tell Xray' }>['truth']): string {
  if (truth === 'none') return 'nothing known';
  return `${truth.issues.map(({ issue_id: id }) => id).join(' ') || 'no issues'}, ${truth.licenses.join(' ') || 'no licenses'}`;
}
