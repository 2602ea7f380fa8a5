// cli/judge: facts from Xray, which knows images by digest only: what a tag will be when it is pulled nobody can tell.
import { inquire } from '../../scan/inquiry.js';
import { type IgnoreRule, withoutIgnored } from '../../scan/ignore-rule.js';
import { afterAnswer, type Knowledge, notAsked, nothingRemembered } from '../../scan/knowledge.js';
import type { AskedImage } from '../../scan/wanted.js';
import { XrayError } from '../../scan/xray/xray-error.js';
import type { Workload } from '../../workload/workload.js';
import type { Xray } from '../world.js';
import type { Facts } from './facts.js';
import { withStandIns } from './stand-in.js';

const BATCH = 10;
const UNPINNED = 'the reference pins no digest, and Xray knows images by digest only; write it as repo:tag@sha256:…';

export interface AskInput {
  readonly xray: Xray;
  /** A policy goes by what Xray raised as violations. */
  readonly needsViolations: boolean;
  readonly now: Date;
  readonly signal: AbortSignal;
}

/** @throws XrayError where Xray cannot be asked */
export async function factsFromXray(workloads: readonly Workload[], input: AskInput): Promise<Facts> {
  const { xray, needsViolations, now, signal } = input;
  const asked = pinnedImages(workloads).map((one) => (needsViolations ? { ...one, needsViolations } : one));
  const { rules, warnings } = asked.length === 0 ? { rules: [], warnings: [] } : await ignoreRules(xray, signal);
  const known = new Map<string, Knowledge>();
  for (let at = 0; at < asked.length; at += BATCH)
    for (const answer of await inquire(asked.slice(at, at + BATCH), { xray, batchSize: BATCH }, signal))
      known.set(answer.digest, inForce(afterAnswer(notAsked, answer, nothingRemembered, now), rules, now));
  const { workloads: judged, digests } = withStandIns(workloads);
  for (const standIn of digests.values()) known.set(standIn, { state: 'unavailable', why: UNPINNED });
  const standIns = new Set<string>(digests.values());
  return {
    workloads: judged,
    isStandIn: (digest) => standIns.has(digest),
    knowledgeOf: (digest) => known.get(digest) ?? notAsked,
    warnings,
  };
}

function pinnedImages(workloads: readonly Workload[]): readonly AskedImage[] {
  const images = workloads.flatMap((workload) => workload.images);
  const byDigest = Map.groupBy(images, ({ digest }) => digest);
  return [...byDigest].flatMap(([digest, same]) => {
    if (digest === undefined) return [];
    const references = [...new Set(same.map(({ reference }) => reference))];
    return [{ digest, references, platforms: [], pullers: [], wasUnsettled: false }];
  });
}

function inForce(knowledge: Knowledge, rules: readonly IgnoreRule[], now: Date): Knowledge {
  if (knowledge.state !== 'scanned') return knowledge;
  return { ...knowledge, facts: withoutIgnored(knowledge.facts, rules, now) };
}

/** They need a permission of their own; without it everything counts, as for the operator. */
async function ignoreRules(
  xray: Xray,
  signal: AbortSignal,
): Promise<{ readonly rules: readonly IgnoreRule[]; readonly warnings: readonly string[] }> {
  try {
    return { rules: await xray.ignoreRules(signal), warnings: [] };
  } catch (error) {
    if (!(error instanceof XrayError)) throw error;
    if (error.code === 'CredentialsRefused' || error.code === 'Unreachable') throw error;
    return {
      rules: [],
      warnings: [`Xray's ignore rules cannot be read, so they excuse nothing here: ${error.message}`],
    };
  }
}
