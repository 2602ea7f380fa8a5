// report: the name of a workload's result, made so that two workloads of a namespace never share one.
import type { WorkloadRef } from '../../workload/workload.js';

const BUILT_IN_GROUPS = new Set(['', 'apps', 'batch']);
const MAX_NAME = 253; // RFC 1123 subdomain, as Kubernetes object names are

/** `deployment-web`; for kinds of other groups `rollout.argoproj.io-web`, since two groups may have a kind of one name. */
export function resultName({ apiVersion, kind, name }: Pick<WorkloadRef, 'apiVersion' | 'kind' | 'name'>): string {
  const group = apiVersion.includes('/') ? apiVersion.slice(0, apiVersion.indexOf('/')) : '';
  const prefix = kind.toLowerCase() + (BUILT_IN_GROUPS.has(group) ? '' : `.${group}`);
  const whole = `${prefix}-${name}`;
  return whole.length <= MAX_NAME ? whole : `${whole.slice(0, MAX_NAME - 9)}-${fingerprint(whole)}`;
}

// FNV-1a, 32 bits: only to keep two very long names apart.
function fingerprint(text: string): string {
  let hash = 0x811c9dc5;
  for (const sign of text) hash = Math.imul(hash ^ (sign.codePointAt(0) ?? 0), 0x01000193);
  return (hash >>> 0).toString(16).padStart(8, '0');
}
