// report: the sentences that conditions, columns and Events share.
import type { JudgedImage } from '../evaluate/judged-image.js';
import type { Violation, WaivedViolation } from '../evaluate/violation.js';
import type { ScanProgress } from '../scan/finding.js';

export function describe({ policyKind, policy, id, summary, image, fixedVersions }: Violation): string {
  const fix = fixedVersions.length > 0 ? `; fixed in ${fixedVersions.slice(0, 3).join(', ')}` : '';
  return `${id} in ${image}: ${summary}${fix} [${policyKind} ${policy}]`;
}

export function describeWaived({ id, image, waiver }: WaivedViolation): string {
  return `${id} in ${image} is waived by XrayException ${waiver.exception} until ${waiver.until.toISOString()}`;
}

/** As it stands in a result, which bounds each text; what is looked up there has to be written the same way. */
export function storedId(id: string): string {
  return cut(id, 128);
}

export function cut(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, length - 1)}…`;
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

/** A time in a result; undefined where there is none, or somebody wrote something else. */
export function parseTime(text: string | undefined): Date | undefined {
  if (text === undefined) return undefined;
  const time = new Date(text);
  return Number.isNaN(time.getTime()) ? undefined : time;
}
