// Results as the operator would write them, for a page that only reads: with what a hostile registry or scanner could put in.
import { kubectl } from '../../cluster/kubectl.js';
import { apply } from '../harness.js';

const SEEN = '2026-11-24T09:00:00Z';

export interface WrittenResult {
  readonly namespace: string;
  readonly name: string;
  readonly status: object;
}

export async function writeResults(...results: readonly WrittenResult[]): Promise<void> {
  const objects = results.map(({ namespace, name }) => ({
    apiVersion: 'kubexray.io/v1alpha1',
    kind: 'XrayScanResult',
    metadata: { namespace, name: `deployment-${name}` },
    spec: { workloadRef: { apiVersion: 'apps/v1', kind: 'Deployment', name, uid: 'u' } },
  }));
  await apply(...objects);
  const items = objects.map((object, at) => ({ ...object, status: results[at]?.status }));
  await kubectl(['apply', '--server-side', '--force-conflicts', '--subresource=status', '-f', '-'], {
    input: JSON.stringify({ apiVersion: 'v1', kind: 'List', items }),
  });
}

export function clean(message = 'No rule is broken'): object {
  return { verdict: 'Compliant', action: 'None', message, images: [anImage('shop/web:2')] };
}

export function violating({ image = 'shop/web:1', summary = 'a buffer overflows', namespace = '' } = {}): object {
  return {
    verdict: 'Violating',
    action: 'ScaledDown',
    message: `CVE-2026-0001 in ${image}: ${summary}`,
    summary: { critical: 1, high: 2, medium: 3, low: 0, unknown: 0 },
    licenses: ['MIT'],
    images: [anImage(image)],
    violations: [
      {
        ...{ policy: `${namespace}/base`, policyKind: 'XrayPolicy', field: 'spec.security.minSeverity' },
        ...{ reason: 'SeverityReached', condition: 'Security', id: 'CVE-2026-0001', image, severity: 'Critical' },
        ...{ summary, fixedVersions: ['2.0'], asks: 'ScaleDown', mode: 'Enforce', firstSeen: SEEN, dueAt: SEEN },
      },
    ],
    enforcement: {
      ...{ action: 'ScaledDown', phase: 'Done', at: SEEN, workloadUid: 'u', replicas: 2, reason: 'Violating' },
      ...{ message: 'It goes back to 2 replicas once the reason is gone.', attempts: 1 },
    },
    conditions: [
      {
        ...{ type: 'Ready', status: 'False', reason: 'Violating', message: summary },
        ...{ lastTransitionTime: SEEN, observedGeneration: 1 },
      },
    ],
  };
}

function anImage(reference: string): object {
  return {
    ...{ reference, digest: `sha256:${'ab'.repeat(32)}`, revision: 'Current', state: 'Scanned' },
    ...{ containers: [{ name: 'main', kind: 'Container' }], firstSeen: SEEN, factsAt: SEEN },
  };
}
