// scan/xray: from Xray's ignore rules to ours (XRAY.md 4.3). A rule excuses findings only as far as it can be understood whole.
import type { IgnoreRule } from '../ignore-rule.js';
import { imageFolder } from '../artifact-path.js';
import type { IgnoreRuleDto } from './answers.dto.js';

/** What these name is in the facts, so a rule that has no other filter can be applied to them. */
const UNDERSTOOD = new Set(['vulnerabilities', 'cves', 'licenses', 'artifacts']);

/**
 * @returns undefined for a rule that is limited to what the facts do not tell (a watch, a policy, a component, a layer, a build):
 *   applied without its limit it would excuse more than somebody decided. It still holds for Xray's own violations.
 */
export function ignoreRule(dto: IgnoreRuleDto): IgnoreRule | undefined {
  const { id, expires_at: expires, is_expired: isExpired, ignore_filters: filters } = dto;
  const expiresAt = timeIn(expires);
  if (isExpired === true || expiresAt === 'unclear' || isLimited(filters)) return undefined;
  return {
    id,
    expiresAt,
    vulnerabilities: upperCase([...(filters.vulnerabilities ?? []), ...(filters.cves ?? [])]),
    licenses: upperCase(filters.licenses ?? []),
    artifacts: (filters.artifacts ?? []).map(({ name, version, path }) => ({
      name: name.replace(/^docker:\/\//, ''),
      version: version ?? undefined,
      path: path === undefined || path === null || path === '' ? undefined : imageFolder(path),
    })),
  };
}

function isLimited(filters: object): boolean {
  return Object.entries(filters).some(
    ([name, value]) => !UNDERSTOOD.has(name) && Array.isArray(value) && value.length > 0,
  );
}

/** A rule whose end cannot be read might have ended. */
function timeIn(text: string | null | undefined): Date | 'unclear' | undefined {
  if (text === undefined || text === null || text === '') return undefined;
  const time = new Date(text);
  return Number.isNaN(time.getTime()) ? 'unclear' : time;
}

function upperCase(names: readonly string[]): ReadonlySet<string> {
  return new Set(names.map((name) => name.toUpperCase()));
}
