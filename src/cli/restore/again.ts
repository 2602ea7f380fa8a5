// cli/restore: whether the operator would act on a restored workload again, by its own evaluation of what the result knows of the
// images and of the rules that hold now. Pure.
import type { XrayScanResultStatus } from '../../api/v1alpha1/types.js';
import type { Exception } from '../../evaluate/exception.js';
import type { Policy } from '../../evaluate/policy.js';
import { evaluate, type Judgement } from '../../evaluate/verdict.js';
import { memoryOf } from '../../report/result/first-seen.js';
import { rememberedFacts } from '../../report/result/memory.js';
import { parseTime } from '../../report/wording.js';
import type { Knowledge } from '../../scan/knowledge.js';
import { isDigest, parseDigest } from '../../workload/digest.js';
import type { WorkloadImage, WorkloadRef } from '../../workload/workload.js';

export interface AgainInput {
  readonly ref: WorkloadRef;
  /** Of its pods. */
  readonly labels: Readonly<Record<string, string>>;
  readonly status: XrayScanResultStatus;
  readonly policies: readonly Policy[];
  readonly exceptions: readonly Exception[];
  readonly now: Date;
}

export function judgedAgain({ ref, labels, status, policies, exceptions, now }: AgainInput): Judgement {
  const { namespace } = ref;
  return evaluate({
    workload: {
      ref,
      labels,
      images: imagesIn(status),
      ...{ nodes: [], pods: 0, startedJobs: [], puller: { namespace, pullSecrets: [], serviceAccount: '' } },
    },
    knowledgeOf: (digest) => knowledgeIn(status, digest, now),
    policies,
    exceptions,
    memory: memoryOf(status),
    now,
  });
}

function imagesIn({ images = [] }: XrayScanResultStatus): readonly WorkloadImage[] {
  return images
    .filter(({ revision }) => revision === 'Current')
    .map(({ reference, digest = '', containers, revision }) => {
      const parsed = parseDigest(digest);
      return { reference, containers, revision, ...(parsed.ok ? { digest: parsed.digest } : {}) };
    });
}

function knowledgeIn(status: XrayScanResultStatus, digest: string, now: Date): Knowledge {
  const image = status.images?.find((one) => one.digest === digest);
  if (image?.state === 'Unscanned') return { state: 'unscanned', at: parseTime(image.factsAt) ?? now };
  const remembered = isDigest(digest) ? rememberedFacts(status, digest) : undefined;
  return remembered === undefined
    ? { state: 'unavailable', why: 'its result does not tell' }
    : { state: 'scanned', ...remembered, remembered: true };
}
