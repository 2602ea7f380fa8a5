// scan/xray: what Xray is told of one workload by kube/metadata, a call that only KubeXray is known to have used (XRAY.md 6).
import type { Digest } from '../../workload/digest.js';
import { hexOf } from '../../workload/digest.js';

export interface KubeMetadata {
  readonly namespace: string;
  readonly workload: string;
  /** What was done to it; empty: nothing, it runs. */
  readonly action: '' | 'scaledown' | 'delete';
  readonly images: readonly { readonly reference: string; readonly digest: Digest }[];
}

/** The body of the request. `pod_name` names the workload: its pods come and go, and all run the same. */
export function kubeMetadataBody({ namespace, workload, action, images }: KubeMetadata, clusterUrl: string): object {
  return {
    pod_name: workload,
    namespace,
    action,
    cluster_url: clusterUrl,
    components: images.map(({ reference, digest }) => ({ component_name: reference, component_sha: hexOf(digest) })),
  };
}
