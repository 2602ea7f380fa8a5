// Argo's Rollout, as far as its scale subresource goes; its controller is played by whoever uses this.

export const rolloutCrd = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'rollouts.argoproj.io' },
  spec: {
    group: 'argoproj.io',
    scope: 'Namespaced',
    names: { kind: 'Rollout', plural: 'rollouts', singular: 'rollout' },
    versions: [
      {
        name: 'v1alpha1',
        served: true,
        storage: true,
        schema: { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } },
        subresources: {
          status: {},
          scale: { specReplicasPath: '.spec.replicas', statusReplicasPath: '.status.HPAReplicas' },
        },
      },
    ],
  },
};

export interface Written {
  readonly metadata: {
    readonly uid: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly spec: Readonly<Record<string, unknown>>;
}

export function aRollout(namespace: string, name: string, image: string, replicas: number): object {
  return {
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'Rollout',
    metadata: { namespace, name },
    spec: {
      replicas,
      selector: { matchLabels: { app: name } },
      template: { metadata: { labels: { app: name } }, spec: { containers: [{ name: 'main', image }] } },
    },
  };
}

interface RolloutRef {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
}

export function podOf({ namespace, name: rollout, uid }: RolloutRef, name: string, image: string): object {
  const owner = { apiVersion: 'argoproj.io/v1alpha1', kind: 'Rollout', name: rollout, uid, controller: true };
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { namespace, name, labels: { app: rollout }, ownerReferences: [owner] },
    spec: { containers: [{ name: 'main', image }] },
  };
}
