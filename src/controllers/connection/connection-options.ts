// controllers: what a connection's spec means in numbers; the defaults are the schema's, for a spec kept from an older one.
import { parseDuration } from '../../api/duration.js';
import type { XrayConnectionSpec } from '../../api/v1alpha1/types.js';
import type { Pace } from '../../scan/schedule.js';
import type { Credentials } from '../../scan/xray/credentials.js';
import type { XrayClient, XrayOptions } from '../../scan/xray/xray-client.js';
import type { MetadataTarget } from './metadata-sender.js';

export function xrayOptions(spec: XrayConnectionSpec, credentials: Credentials): XrayOptions {
  return {
    url: spec.url,
    credentials,
    ...(spec.caBundle === undefined ? {} : { caBundle: spec.caBundle }),
    timeoutMs: durationMs(spec.timeout, 30_000),
    requestsPerSecond: spec.rateLimit?.requestsPerSecond ?? 10,
    burst: spec.rateLimit?.burst ?? 20,
    concurrency: spec.rateLimit?.concurrency ?? 4,
  };
}

const LONGEST_PAUSE_MS = 30_000;

/** A poll is late by no more than itself when Xray is back. */
export function longestPauseMs(spec: XrayConnectionSpec): number {
  return Math.min(LONGEST_PAUSE_MS, paceOf(spec).pollIntervalMs);
}

export function paceOf(spec: XrayConnectionSpec): Pace {
  return {
    pollIntervalMs: durationMs(spec.pollInterval, 60_000),
    resyncIntervalMs: durationMs(spec.resyncInterval, 3_600_000),
    batchSize: spec.batchSize ?? 10,
  };
}

/** A quarter of the rate: what is asked matters more than what is told. */
export function metadataTarget(spec: XrayConnectionSpec, client: XrayClient): MetadataTarget | undefined {
  if (spec.kubeMetadata === undefined) return undefined;
  return {
    client,
    url: spec.url,
    clusterUrl: spec.kubeMetadata.clusterUrl,
    spacingMs: 4_000 / (spec.rateLimit?.requestsPerSecond ?? 10),
    resyncIntervalMs: paceOf(spec).resyncIntervalMs,
  };
}

function durationMs(text: string | undefined, byDefault: number): number {
  return text === undefined ? byDefault : (parseDuration(text) ?? byDefault);
}
