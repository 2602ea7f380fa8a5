// cli: where each built-in kind of workload keeps its pod's labels and containers.
import type { ResourceCoordinates } from '@dot-kube/operator';
import type { TemplateContainer } from '../observe/observed.js';
import { listAt, textAt, textsAt } from './field.js';

const coordinates = (group: string, kind: string, plural: string): ResourceCoordinates => ({
  group,
  version: 'v1',
  kind,
  plural,
  namespaced: true,
});

interface WorkloadKind {
  readonly coordinates: ResourceCoordinates;
  /** From the object to what holds `metadata` and `spec` of the pod. */
  readonly template: readonly string[];
}

const kinds: ReadonlyMap<string, WorkloadKind> = new Map([
  ['Deployment', { coordinates: coordinates('apps', 'Deployment', 'deployments'), template: ['spec', 'template'] }],
  ['StatefulSet', { coordinates: coordinates('apps', 'StatefulSet', 'statefulsets'), template: ['spec', 'template'] }],
  ['DaemonSet', { coordinates: coordinates('apps', 'DaemonSet', 'daemonsets'), template: ['spec', 'template'] }],
  ['ReplicaSet', { coordinates: coordinates('apps', 'ReplicaSet', 'replicasets'), template: ['spec', 'template'] }],
  [
    'ReplicationController',
    {
      coordinates: coordinates('', 'ReplicationController', 'replicationcontrollers'),
      template: ['spec', 'template'],
    },
  ],
  ['Job', { coordinates: coordinates('batch', 'Job', 'jobs'), template: ['spec', 'template'] }],
  [
    'CronJob',
    { coordinates: coordinates('batch', 'CronJob', 'cronjobs'), template: ['spec', 'jobTemplate', 'spec', 'template'] },
  ],
  ['Pod', { coordinates: coordinates('', 'Pod', 'pods'), template: [] }],
]);

/** @returns undefined for a kind that is none of Kubernetes' own workloads */
export function workloadKind(apiVersion: string, kind: string): WorkloadKind | undefined {
  const known = kinds.get(kind);
  const group = apiVersion.includes('/') ? apiVersion.slice(0, apiVersion.indexOf('/')) : '';
  return known?.coordinates.group === group ? known : undefined;
}

/** The kind as manifests write it; names, plurals and the short forms of kubectl are taken. @returns the text itself for any other */
export function kindNamed(text: string): string {
  const lower = text.toLowerCase();
  const short = SHORT.get(lower);
  const found = [...kinds].find(
    ([kind, { coordinates: at }]) => kind.toLowerCase() === lower || at.plural === lower || kind === short,
  );
  return found?.[0] ?? text;
}

const SHORT: ReadonlyMap<string, string> = new Map([
  ['deploy', 'Deployment'],
  ['sts', 'StatefulSet'],
  ['ds', 'DaemonSet'],
  ['rs', 'ReplicaSet'],
  ['rc', 'ReplicationController'],
  ['cj', 'CronJob'],
  ['po', 'Pod'],
]);

export function podLabels(object: unknown, { template }: WorkloadKind): Readonly<Record<string, string>> {
  return textsAt(object, ...template, 'metadata', 'labels');
}

export interface PlacedContainer extends TemplateContainer {
  /** From the object to the image. */
  readonly path: readonly (string | number)[];
}

export function podContainers(object: unknown, { template }: WorkloadKind): readonly PlacedContainer[] {
  const listed = (list: string, kind: TemplateContainer['kind']): PlacedContainer[] => {
    const path = [...template, 'spec', list];
    return listAt(object, ...path).map((container, at) => ({
      kind,
      name: textAt(container, 'name'),
      image: textAt(container, 'image'),
      path: [...path, at, 'image'],
    }));
  };
  return [...listed('containers', 'Container'), ...listed('initContainers', 'InitContainer')];
}
