// report: the sentences that conditions, columns and Events share.
import type { JudgedImage } from '../evaluate/verdict.js';
import type { Violation } from '../evaluate/violation.js';

export function describe({ policy, id, summary, image, fixedVersions }: Violation): string {
  const fix = fixedVersions.length > 0 ? `; fixed in ${fixedVersions.slice(0, 3).join(', ')}` : '';
  return `${id} in ${image}: ${summary}${fix} [policy ${policy}]`;
}

export function whyUnavailable(images: readonly JudgedImage[]): string {
  const whys = images.flatMap(({ knowledge }) => (knowledge?.state === 'unavailable' ? [knowledge.why] : []));
  return whys[0] ?? 'no reason given';
}
