// scan/xray: from the words of Xray's two status calls to how far it is with an image (XRAY.md 5.3). Pure.
import type { Completeness, ScanProgress } from '../finding.js';

/** `Done` and `Partial` say that there should be facts; the rest says why there are none. */
export type ScanStatus = ScanProgress | 'Done' | 'Partial';

/** `overall.status` of artifact/status. */
const artifactStatuses: ReadonlyMap<string, ScanStatus> = new Map([
  ['NOT_SUPPORTED', 'NotSupported'],
  ['NOT_SCANNED', 'NeverSeen'],
  ['PENDING', 'Queued'],
  ['SCANNING', 'Scanning'],
  ['DONE', 'Done'],
  ['PARTIAL', 'Partial'],
  ['FAILED', 'Failed'],
]);

/** `status` of scan/status/artifact. */
const scanStatuses: ReadonlyMap<string, ScanStatus> = new Map([
  ['not supported', 'NotSupported'],
  ['not scanned', 'NeverSeen'],
  ['in progress', 'Scanning'],
  ['scanned', 'Done'],
  ['failed', 'Failed'],
]);

/** An empty or new word counts as not begun, as JFrog's own client has it. */
export function statusOfArtifact(word: string | null | undefined): ScanStatus {
  return artifactStatuses.get((word ?? '').trim().toUpperCase()) ?? 'NeverSeen';
}

export function statusOfScan(word: string | null | undefined): ScanStatus {
  return scanStatuses.get((word ?? '').trim().toLowerCase().replaceAll('_', ' ')) ?? 'NeverSeen';
}

/** Of an image that the summary has facts of. */
export function completenessOf(status: ScanStatus): Completeness {
  return status === 'Done' || status === 'NeverSeen' ? 'Complete' : 'Partial';
}

/**
 * Of an image that the summary has nothing of. That a scan is done and the summary is still empty happens for a moment
 * between the two (XRAY.md 9.3).
 */
export function progressOf(status: ScanStatus): ScanProgress {
  return status === 'Done' || status === 'Partial' ? 'Scanning' : status;
}
