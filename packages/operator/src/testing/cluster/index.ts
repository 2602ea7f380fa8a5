// testing: the door @dot-kube/operator/testing/cluster: a real control plane for tests, and what they need to know of it.
export { buildPrograms, type Cluster, startCluster, type StartOptions } from './cluster.js';
export { type RestartOptions } from './control-plane.js';
export { type OnProgress } from './build-binaries.js';
export { digestOf } from './digest.js';
export { freePorts } from './free-ports.js';
export { type KubectlOptions, type KubectlTarget, runKubectl } from './kubectl.js';
