/** kubectl for tests: `await kubectl(['apply', '-f', '-'], { input: yaml })`, on the cluster of the whole run. */
import { type KubectlOptions, runKubectl } from '@dot-kube/operator/testing/cluster';

export { type KubectlTarget, runKubectl } from '@dot-kube/operator/testing/cluster';

/** Runs kubectl on the cluster that the global setup of the integration tests has started; gives what it prints. */
export async function kubectl(args: readonly string[], options: KubectlOptions = {}): Promise<string> {
  const { KUBECTL, KUBECONFIG } = process.env;
  if (KUBECTL === undefined || KUBECONFIG === undefined) {
    throw new Error('KUBECTL and KUBECONFIG are not set; run integration tests by "jest --selectProjects integration"');
  }
  return runKubectl({ kubectlPath: KUBECTL, kubeconfigPath: KUBECONFIG }, args, options);
}
