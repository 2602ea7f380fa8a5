// scan/xray: which calls came with which version of Xray (XRAY.md 0.4, 4.1). Pure.

export const ARTIFACT_STATUS_SINCE = '3.80.9';
export const SCAN_STATUS_SINCE = '3.34.1';
/** Violations can be listed for artifacts; servers before ignore the filter. */
export const FILTER_BY_ARTIFACT_SINCE = '3.88.10';

/** Versions are numbers between dots; what follows them (`-rc1`) does not count. */
export function isAtLeast(version: string, since: string): boolean {
  const [have, need] = [version, since].map((text) => text.split('.').map((part) => Number.parseInt(part, 10) || 0));
  const at = (need ?? []).findIndex((part, i) => part !== (have?.[i] ?? 0));
  return at < 0 || (have?.[at] ?? 0) > (need?.[at] ?? 0);
}
