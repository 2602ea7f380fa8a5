// plan: which tool stands behind the name of a field manager, so that whoever reads it knows where to go. Pure.

/** Who puts a stopped workload back. The words are part of the API: `PutBackBy` + one of them is a reason. */
export const CONTENDERS = ['ArgoCD', 'Flux', 'Helm', 'HPA', 'KEDA', 'User', 'Other'] as const;
export type Contender = (typeof CONTENDERS)[number];

/**
 * By the whole name. A client that names no manager goes by the start of its User-Agent, the program's name
 * (apiserver `managerOrUserAgent`).
 */
const BY_NAME: ReadonlyMap<string, Contender> = new Map([
  ['argocd-controller', 'ArgoCD'], // argo-cd common.ArgoCDSSAManager, of its server-side apply
  ['argocd-application-controller', 'ArgoCD'], // its program, so of its client-side apply
  ['argocd-server', 'ArgoCD'], // its program, so of resource actions in its UI
  ['kustomize-controller', 'Flux'], // of its server-side apply: the controller's name
  ['helm-controller', 'Flux'], // sets helm's kube.ManagedFieldsManager to its own name
  ['flux', 'Flux'], // its command line
  ['helm', 'Helm'], // helm's kube.ManagedFieldsManager is the program's name
  // Its horizontal autoscaler writes the scale subresource; no other part of it changes the replicas of a top workload.
  ['kube-controller-manager', 'HPA'],
  ['keda', 'KEDA'], // its operator's program; up from zero it scales itself, above one by an HPA that it made
  ['keda-operator', 'KEDA'],
  ['k9s', 'User'],
  ['oc', 'User'],
]);

/** `kubectl` itself (scale, server-side apply) and `kubectl-client-side-apply`, `-edit`, `-patch`, `-replace`, `-rollout` … */
const KUBECTL = /^kubectl(-|$)/u;

export function contenderOf(manager: string): Contender {
  return BY_NAME.get(manager) ?? (KUBECTL.test(manager) ? 'User' : 'Other');
}
