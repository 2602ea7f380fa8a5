/** Which digest the cluster's pretended kubelets report for an image reference. */
export { digestOf } from '@dot-kube/operator/testing/cluster';
