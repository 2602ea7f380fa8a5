// bench/operator: what the API server was asked between two looks at its metrics, by verb and resource.
import type { Sample } from './measured.js';

export type Requests = Readonly<Record<string, number>>;

const OURS = [
  'xrayscanresults',
  'deployments',
  'pods',
  'replicasets',
  'events',
  'leases',
  'clusterxraypolicies',
  'xrayconnections',
];

export function requestsBetween(before: readonly Sample[], after: readonly Sample[]): Requests {
  const counts = new Map<string, number>();
  const add = (samples: readonly Sample[], sign: 1 | -1): void => {
    for (const { name, labels, value } of samples) {
      const { verb = '', resource = '', subresource = '' } = labels;
      if (name !== 'apiserver_request_total' || !OURS.includes(resource)) continue;
      const what = `${verb} ${resource}${subresource === '' ? '' : `/${subresource}`}`;
      counts.set(what, (counts.get(what) ?? 0) + sign * value);
    }
  };
  add(after, 1);
  add(before, -1);
  return Object.fromEntries([...counts].filter(([, count]) => count > 0).sort(([a], [b]) => a.localeCompare(b)));
}
