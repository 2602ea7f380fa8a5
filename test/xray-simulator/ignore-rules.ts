// xray-simulator: its ignore rules, and which of its violations they excuse (XRAY.md 4.3).
import type { Violation } from './violations.js';

/** As GET /api/v1/ignore_rules lists it. */
export interface IgnoreRule {
  readonly id: string;
  readonly notes?: string;
  readonly expires_at?: string;
  readonly ignore_filters: Readonly<Record<string, readonly unknown[]>>;
}

/** Whether a rule excuses it, as far as the simulator knows filters: ids, licenses, watches and images. */
export function ignores(
  { expires_at: expires, ignore_filters: filters }: IgnoreRule,
  violation: Violation,
  now: Date,
): boolean {
  const names = (...keys: readonly string[]): readonly string[] =>
    keys.flatMap((key) => (filters[key] ?? []).map(String));
  const ids = violation.type === 'License' ? names('licenses') : names('vulnerabilities', 'cves');
  const watches = names('watches');
  return (
    (expires === undefined || Date.parse(expires) > now.getTime()) &&
    (ids.includes(violation.issue_id) || ids.includes('any')) &&
    (watches.length === 0 || watches.includes(violation.watch_name))
  );
}
