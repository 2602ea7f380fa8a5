// A workload of each kind that the operator acts on, as a team would write it.
import { type BuiltInKind, builtInApiVersion } from '../../src/api/workload-kinds.js';

/** Runs on both nodes of the tests' cluster; its pods do not end by themselves. Called `web`. */
export function workloadOfKind(kind: BuiltInKind, namespace: string, image: string): object {
  const labels = { app: kind.toLowerCase() };
  const head = {
    apiVersion: builtInApiVersion(kind),
    kind,
    metadata: { namespace, name: 'web', labels: { team: 'shop' }, annotations: { 'example.com/owner': 'shop' } },
  };
  const pod = { containers: [{ name: 'main', image }] };
  const template = { metadata: { labels }, spec: { ...pod, nodeSelector: { 'kubernetes.io/os': 'linux' } } };
  const selector = { matchLabels: labels };
  switch (kind) {
    case 'Deployment':
    case 'ReplicaSet':
      return { ...head, spec: { replicas: 3, selector, template } };
    case 'StatefulSet':
      return {
        ...head,
        spec: { replicas: 3, serviceName: 'web', podManagementPolicy: 'Parallel', selector, template },
      };
    case 'DaemonSet':
      return { ...head, spec: { selector, template } };
    case 'ReplicationController':
      return { ...head, spec: { replicas: 3, selector: labels, template } };
    case 'Job':
      return { ...head, spec: { parallelism: 2, completions: 4, template: jobTemplate(pod, labels) } };
    case 'CronJob':
      return {
        ...head,
        spec: { schedule: '0 0 1 1 *', jobTemplate: { spec: { template: jobTemplate(pod, labels) } } },
      };
    case 'Pod':
      return { ...head, spec: pod };
  }
}

function jobTemplate(pod: object, labels: object): object {
  return {
    metadata: { labels, annotations: { 'test.kubexray.io/job': 'runs-on' } },
    spec: { ...pod, restartPolicy: 'Never' },
  };
}
