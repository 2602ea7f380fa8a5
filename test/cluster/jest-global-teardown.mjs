/** Stops the cluster that the global setup started. */
export default async function tearDown() {
  await globalThis.kubexrayTestCluster?.stop();
}
