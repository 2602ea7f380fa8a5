// report: what a result remembers from pass to pass and over a restart: since when, and which digest a reference had.
import type { XrayScanResultStatus } from '../api/v1alpha1/types.js';
import type { Memory } from '../evaluate/verdict.js';
import type { Note } from '../plan/note.js';
import { type Digest, parseDigest } from '../workload/digest.js';

export function memoryOf(status: XrayScanResultStatus | undefined): Memory {
  const images = new Map(status?.images?.map((image) => [imageKey(image.reference, image.digest), image.firstSeen]));
  const violations = new Map(status?.violations?.map((v) => [violationKey(v.condition, v.id, v.image), v.firstSeen]));
  return {
    imageFirstSeen: (reference, digest) => parseTime(images.get(imageKey(reference, digest))),
    violationFirstSeen: ({ condition, id, image }) => parseTime(violations.get(violationKey(condition, id, image))),
  };
}

/** The digest that each reference of the current revision had last; what a stop noted on the workload itself comes first. */
export function rememberedDigests(
  status: XrayScanResultStatus | undefined,
  note: Note | undefined,
): ReadonlyMap<string, Digest> {
  const known = (status?.images ?? []).flatMap(({ reference, digest, revision }): [string, Digest][] => {
    const parsed = digest === undefined || revision === 'Previous' ? undefined : parseDigest(digest);
    return parsed?.ok === true ? [[reference, parsed.digest]] : [];
  });
  return new Map([...known, ...Object.entries(note?.digests ?? {})]);
}

function imageKey(reference: string, digest: string | undefined): string {
  return `${reference} ${digest ?? ''}`;
}

function violationKey(condition: string, id: string, image: string): string {
  return `${condition} ${id} ${image}`;
}

function parseTime(text: string | undefined): Date | undefined {
  if (text === undefined) return undefined;
  const time = new Date(text);
  return Number.isNaN(time.getTime()) ? undefined : time;
}
