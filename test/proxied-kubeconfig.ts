// The kubeconfig of an operator that is run as a process and reaches the API server through a proxy.

export function proxiedKubeconfig(server: string, token: string): object {
  return {
    apiVersion: 'v1',
    kind: 'Config',
    // client-node takes plain HTTP only where it is told not to verify; the proxy verifies the API server instead.
    clusters: [{ name: 'proxied', cluster: { server, 'insecure-skip-tls-verify': true } }],
    users: [{ name: 'operator', user: { token } }],
    contexts: [{ name: 'proxied', context: { cluster: 'proxied', user: 'operator' } }],
    'current-context': 'proxied',
  };
}
