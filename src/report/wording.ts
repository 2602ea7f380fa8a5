// report: the sentences that conditions, columns and Events share.
import type { JudgedImage } from '../evaluate/verdict.js';
import type { Violation } from '../evaluate/violation.js';
import type { ScanProgress } from '../scan/finding.js';

export function describe({ policy, id, summary, image, fixedVersions }: Violation): string {
  const fix = fixedVersions.length > 0 ? `; fixed in ${fixedVersions.slice(0, 3).join(', ')}` : '';
  return `${id} in ${image}: ${summary}${fix} [policy ${policy}]`;
}

export function whyUnavailable(images: readonly JudgedImage[]): string {
  const whys = images.flatMap(({ knowledge }) => (knowledge?.state === 'unavailable' ? [knowledge.why] : []));
  return whys[0] ?? 'no reason given';
}

export function whyUnscanned(progress: ScanProgress = 'NeverSeen'): string {
  switch (progress) {
    case 'NeverSeen':
      return 'Xray has no scan of this digest; is its repository among the indexed resources of Xray?';
    case 'Queued':
      return 'Xray has this image in its queue and has not scanned it yet';
    case 'Scanning':
      return 'Xray is scanning this image';
    case 'Failed':
      return "Xray's scan of this image failed; see Xray's own log";
    case 'NotSupported':
      return 'Xray does not support scans of this kind of image';
  }
}
