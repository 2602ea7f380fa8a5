// Manifests as a user would apply them, small ones: what a test is not about is left to the defaults.
import { digestOf } from '../cluster/digest.js';

export function aConnection(url: string, spec: object = {}): object {
  return {
    apiVersion: 'kubexray.io/v1alpha1',
    kind: 'XrayConnection',
    metadata: { name: 'default' },
    spec: {
      url,
      credentialsSecretRef: { name: 'xray' },
      pollInterval: '1s',
      resyncInterval: '1s',
      rateLimit: { requestsPerSecond: 200, burst: 400 }, // many stories are told at once, each with images that Xray does not know
      timeout: '5s', // a machine may stand still for a while
      indexResolution: 'None', // the pods' registries do not exist
      ...spec,
    },
  };
}

export function aNamespace(name: string): object {
  return { apiVersion: 'v1', kind: 'Namespace', metadata: { name } };
}

export function anXrayPolicy(namespace: string, spec: object, name = 'base'): object {
  return { apiVersion: 'kubexray.io/v1alpha1', kind: 'XrayPolicy', metadata: { namespace, name }, spec };
}

export function aClusterXrayPolicy(name: string, spec: object): object {
  return { apiVersion: 'kubexray.io/v1alpha1', kind: 'ClusterXrayPolicy', metadata: { name }, spec };
}

/** For the whole namespace, for an hour, unless told otherwise. */
export function anXrayException(namespace: string, spec: object, name = 'waiver'): object {
  const expiresAt = new Date(Date.now() + 3_600_000).toISOString();
  return {
    apiVersion: 'kubexray.io/v1alpha1',
    kind: 'XrayException',
    metadata: { namespace, name },
    spec: { workloadSelector: {}, reason: 'of the test', expiresAt, ...spec },
  };
}

export type ScalableKind = 'Deployment' | 'StatefulSet';

export interface WorkloadOptions {
  readonly kind?: ScalableKind;
  readonly name?: string;
  readonly image: string;
  /** Of an init container before it. */
  readonly initImage?: string;
  readonly replicas?: number;
  /** Variables of its container. */
  readonly env?: readonly object[];
  /** Its pods stay before the pull for ever. */
  readonly neverPulled?: boolean;
}

export function aWorkload(namespace: string, options: WorkloadOptions): object {
  const { kind = 'Deployment', name = 'web', image, initImage, replicas = 2, env, neverPulled = false } = options;
  const initContainers = initImage === undefined ? {} : { initContainers: [{ name: 'init', image: initImage }] };
  const annotations = neverPulled ? { 'test.kubexray.io/image-pull': 'never' } : {};
  return {
    apiVersion: 'apps/v1',
    kind,
    metadata: { namespace, name },
    spec: {
      replicas,
      selector: { matchLabels: { app: name } },
      ...(kind === 'StatefulSet' ? { serviceName: name, podManagementPolicy: 'Parallel' } : {}),
      template: {
        metadata: { labels: { app: name }, annotations },
        spec: { containers: [{ name: 'main', image, ...(env === undefined ? {} : { env }) }], ...initContainers },
      },
    },
  };
}

/** The reference with the digest that the cluster's nodes report for it. */
export function pinned(reference: string): string {
  return `${reference}@${digestOf(reference)}`;
}
