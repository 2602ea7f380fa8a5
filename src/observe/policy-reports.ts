// observe: the reports that other tools read, in either of the two groups that the kind has had. Of each only a fingerprint is
// kept, which tells whether it still says what it should.
import { controllerOf, type Kept, type Resource, resource } from '@dot-kube/operator';
import { createHash } from 'node:crypto';
import { REPORT_MANAGER } from '../api/report-labels.js';
import type { OwnerReference } from './observed.js';

const SELECTOR = `app.kubernetes.io/managed-by=${REPORT_MANAGER}`;

/** What of a report is ours; a field that is left out counts as empty. */
export interface ReportContent {
  readonly metadata?: { readonly ownerReferences?: readonly OwnerReference[] };
  readonly scope?: unknown;
  readonly results?: readonly unknown[];
  readonly summary?: unknown;
}

interface ReportPart {
  readonly fingerprint: string;
  /** The name of the result that it belongs to. */
  readonly owner?: string;
}

export type ObservedReport = Kept & ReportPart;

/** The newer group, and the one that comes first where both are installed (openreports.io). */
export const openReports = reportResource({
  group: 'openreports.io',
  version: 'v1alpha1',
  plural: 'reports',
  kind: 'Report',
});

/** What Kyverno and others brought before (Kubernetes' policy working group). */
export const policyReports = reportResource({
  group: 'wgpolicyk8s.io',
  version: 'v1alpha2',
  plural: 'policyreports',
  kind: 'PolicyReport',
});

interface Place {
  readonly group: string;
  readonly version: string;
  readonly plural: string;
  readonly kind: string;
}

function reportResource(place: Place): Resource<ObservedReport> {
  return resource<ReportContent>({ ...place, namespaced: true })
    .optional()
    .withoutManagedFields()
    .scope({ labelSelector: SELECTOR })
    .project((wire) => {
      const owner = controllerOf(wire)?.name;
      return { fingerprint: fingerprintOfReport(wire), ...(owner === undefined ? {} : { owner }) };
    });
}

/** Equal for two reports that say the same, whatever the order of their fields. */
export function fingerprintOfReport({ metadata, scope, results, summary }: ReportContent): string {
  const owners = metadata?.ownerReferences?.map(({ uid }) => uid) ?? [];
  const text = JSON.stringify([owners, scope ?? {}, results ?? [], summary ?? {}], sorted);
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}

// The API server gives the fields of an object in an order of its own.
function sorted(_key: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}
