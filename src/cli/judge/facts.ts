// cli/judge: what is known of the images of manifests, whoever told.
import type { Knowledge } from '../../scan/knowledge.js';
import type { Workload } from '../../workload/workload.js';

export interface Facts {
  /** In the order in which they came; an image that pins no digest has been given a stand-in. */
  readonly workloads: readonly Workload[];
  readonly knowledgeOf: (digest: string) => Knowledge;
  /** Such a digest is never to be shown. */
  readonly isStandIn: (digest: string) => boolean;
  /** What whoever reads the report should know. */
  readonly warnings: readonly string[];
}
