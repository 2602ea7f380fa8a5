// scan/xray: asks Xray. The only door to it; every failure is an XrayError, and not knowing is never an answer.
import type { Clock } from '@dot-kube/operator';
import { type Digest, hexOf } from '../../workload/digest.js';
import { type ArtifactPlace, imageFolder } from '../artifact-path.js';
import { type ImageFacts, oneForEach } from '../finding.js';
import type { IgnoreRule } from '../ignore-rule.js';
import {
  ArtifactStatusDto,
  ComponentIdsDto,
  IgnoreRulesDto,
  PingDto,
  ScanStatusDto,
  VersionDto,
  ViolationsDto,
} from './answers.dto.js';
import { breathing } from './breathing.js';
import type { Circuit } from './circuit-breaker.js';
import { ignoreRule } from './ignore-rules.js';
import { type KubeMetadata, kubeMetadataBody } from './kube-metadata.js';
import { parseShape } from '../../shape/parse-shape.js';
import { type ScanStatus, statusOfArtifact, statusOfScan } from './scan-status.js';
import { type ArtifactSummary, Known, readSummary, type Summary, unexpected } from './summary-reader.js';
import { Transport, type XrayOptions, type XrayPorts, type XrayRequest } from './transport.js';
import { type RaisedViolation, raisedViolation } from './violation.js';
import { errorOfStatus, isTooMuch, XrayError } from './xray-error.js';
import { FILTER_BY_ARTIFACT_SINCE, isAtLeast, ARTIFACT_STATUS_SINCE, SCAN_STATUS_SINCE } from './xray-version.js';

export type { Around, XrayOptions, XrayPorts } from './transport.js';

/**
 * Facts, or undefined: Xray has no data of the digest, for whatever reason (XRAY.md 2.4). An error: what it says of this one
 * can't be had, though it answers for others.
 */
export type Summaries = ReadonlyMap<Digest, ImageFacts | XrayError | undefined>;

/** Those raised since a time by Xray's clock, or all of some artifacts, with details. Xray is never asked for simply all. */
export type ViolationsQuery = ({ readonly createdFrom: Date } | { readonly of: readonly ArtifactPlace[] }) & {
  /** From 1. */
  readonly page: number;
  readonly pageSize: number;
};

const RULES_A_PAGE = 500;
const MAX_RULE_PAGES = 20;
const VERSION: XrayRequest = { call: 'version', method: 'GET', path: '/api/v1/system/version' };
const PING: XrayRequest = { call: 'ping', method: 'GET', path: '/api/v1/system/ping', anonymous: true };

export class XrayClient {
  readonly #options: XrayOptions;
  readonly #transport: Transport;
  readonly #clock: Clock;
  // Found out with the first answers: '' or '/xray', and which of the newer calls this server has.
  #prefix: string | undefined;
  #version: string | undefined;
  readonly #missing = new Set<'v2' | 'componentIds'>();
  readonly #known = new Known();
  #hasUnderstood = false;

  constructor(options: XrayOptions, ports: XrayPorts) {
    this.#options = options;
    this.#transport = new Transport(options, ports);
    this.#clock = ports.clock;
  }

  /** Whether requests go out at all, or a pause is kept because Xray does not answer. */
  get circuit(): Circuit {
    return this.#transport.circuit;
  }

  /** An Xray that does not answer is left alone for this long at most; half a minute unless set. */
  set longestPauseMs(ms: number) {
    this.#transport.longestPauseMs = ms;
  }

  /** What Xray's clock says now, as far as it has told. */
  serverNow(): Date {
    return this.#transport.serverNow();
  }

  /** Leaves no socket open. */
  async close(): Promise<void> {
    await this.#transport.close();
  }

  /** Whether Xray is up; needs no credentials. @throws XrayError when it is not */
  async ping(signal: AbortSignal): Promise<void> {
    await this.#findPrefix(signal);
  }

  /** Needs credentials, so its answer proves that they are good. @throws XrayError */
  async version(signal: AbortSignal): Promise<string> {
    const { xray_version: version } = this.#shaped(VersionDto, 'version', await this.#json(VERSION, signal));
    this.#version = version.trim();
    return this.#version;
  }

  /**
   * One entry for each digest. A batch that takes too long, or can't be understood, is asked in halves: it may be one image alone.
   *
   * @throws XrayError where it is all of them
   */
  async summaries(digests: readonly Digest[], signal: AbortSignal): Promise<Summaries> {
    const found = await this.#inParts(digests, signal);
    const all = [...found.values()];
    const [failure] = all.filter((one) => one instanceof XrayError);
    const isOneOfMany = digests.length === 1 && this.#hasUnderstood && failure !== undefined && isOfImage(failure);
    if (failure !== undefined && !isOneOfMany && all.every((one) => one instanceof XrayError)) throw failure;
    return found;
  }

  async #inParts(digests: readonly Digest[], signal: AbortSignal): Promise<Summaries> {
    try {
      const summary = await this.#summary(digests, signal);
      if (summary.artifacts.length > 0) this.#hasUnderstood = true;
      return new Map(digests.map((digest) => [digest, factsFor(digest, summary)]));
    } catch (error) {
      if (!(error instanceof XrayError) || !(isTooMuch(error) || isOfImage(error))) throw error;
      if (digests.length < 2) return new Map(digests.map((digest) => [digest, error]));
      const half = Math.ceil(digests.length / 2);
      const first = await this.#inParts(digests.slice(0, half), signal);
      return new Map([...first, ...(await this.#inParts(digests.slice(half), signal))]);
    }
  }

  /**
   * How far Xray is with an image, by the newest call that this server has. `places` are guesses; the first that Xray knows counts.
   *
   * @throws XrayError
   */
  async scanStatus(digest: Digest, places: readonly ArtifactPlace[], signal: AbortSignal): Promise<ScanStatus> {
    const version = this.#version ?? (await this.version(signal));
    for (const place of places) {
      const status = isAtLeast(version, ARTIFACT_STATUS_SINCE)
        ? await this.#artifactStatus(place, signal)
        : isAtLeast(version, SCAN_STATUS_SINCE)
          ? await this.#scanStatus(digest, place, signal)
          : 'NeverSeen';
      if (status !== 'NeverSeen') return status;
    }
    // A component under this checksum and no facts: it was indexed and is not scanned yet, or no longer.
    return (await this.#componentIds(digest, signal)).length > 0 ? 'Queued' : 'NeverSeen';
  }

  /** A page shorter than `pageSize` is the last. Older servers ignore `direction`; their default is the same. @throws XrayError */
  async violations(query: ViolationsQuery, signal: AbortSignal): Promise<readonly RaisedViolation[]> {
    if ('of' in query) await this.#mustFilterByArtifact(signal);
    const { page, pageSize } = query;
    const body = {
      filters: filtersFor(query),
      pagination: { order_by: 'created', direction: 'asc', limit: pageSize, offset: page }, // offset counts pages
    };
    const asked: XrayRequest = { call: 'violations', method: 'POST', path: '/api/v1/violations', body };
    const { violations } = this.#shaped(ViolationsDto, 'list of violations', await this.#json(asked, signal));
    return (violations ?? []).map(raisedViolation);
  }

  // A server that ignores the filter would list everything that it has.
  async #mustFilterByArtifact(signal: AbortSignal): Promise<void> {
    const version = this.#version ?? (await this.version(signal));
    if (isAtLeast(version, FILTER_BY_ARTIFACT_SINCE)) return;
    const message = `Xray ${version} cannot list the violations of one image; it can from ${FILTER_BY_ARTIFACT_SINCE} on.`;
    throw new XrayError('Refused', message);
  }

  /** Those that can be applied to findings. Needs the permission Manage Watches; since Xray 3.11. @throws XrayError */
  async ignoreRules(signal: AbortSignal): Promise<readonly IgnoreRule[]> {
    const rules: IgnoreRule[] = [];
    for (let page = 1; page <= MAX_RULE_PAGES; page++) {
      const path = `/api/v1/ignore_rules?page_num=${page}&num_of_rows=${RULES_A_PAGE}`;
      const { data } = this.#shaped(
        IgnoreRulesDto,
        'list of ignore rules',
        await this.#json({ call: 'ignoreRules', method: 'GET', path }, signal),
      );
      rules.push(...(data ?? []).flatMap((one) => ignoreRule(one) ?? []));
      if ((data ?? []).length < RULES_A_PAGE) break;
    }
    return rules;
  }

  /** Says what runs of a workload, and what was done to it. What is answered does not matter. @throws XrayError */
  async tell(metadata: KubeMetadata, clusterUrl: string, signal: AbortSignal): Promise<void> {
    const path = `${await this.#findPrefix(signal)}/api/v1/kube/metadata`;
    const body = kubeMetadataBody(metadata, clusterUrl);
    const asked: XrayRequest = { call: 'metadata', method: 'POST', path, body, aside: true };
    await this.#transport.send(asked, signal);
  }

  async #summary(digests: readonly Digest[], signal: AbortSignal): Promise<Summary> {
    const { host } = this.#transport;
    const prefix = await this.#findPrefix(signal);
    const ask = async (version: 'v1' | 'v2'): Promise<Summary> =>
      this.#transport.read(
        {
          call: 'summary',
          method: 'POST',
          path: `${prefix}/api/${version}/summary/artifact`,
          body: { checksums: digests.map(hexOf) },
        },
        async (chunks) => readSummary(breathing(chunks, this.#clock, signal), host, this.#known),
        signal,
      );
    if (this.#missing.has('v2')) return ask('v1');
    return ask('v2').catch(async (error: unknown) => {
      if (!(error instanceof XrayError) || error.status !== 404) throw error;
      const summary = await ask('v1');
      this.#missing.add('v2'); // an older server; fixed versions are only in version 2
      return summary;
    });
  }

  // 404 is the answer for an artifact that Xray does not know; that the call itself is missing only the version tells.
  async #artifactStatus(place: ArtifactPlace, signal: AbortSignal): Promise<ScanStatus> {
    const body = { repo: place.repository, path: place.path };
    const json = await this.#unless404(
      { call: 'status', method: 'POST', path: '/api/v1/artifact/status', body },
      signal,
    );
    if (json === undefined) return 'NeverSeen';
    return statusOfArtifact(this.#shaped(ArtifactStatusDto, 'status', json).overall.status);
  }

  async #scanStatus(digest: Digest, place: ArtifactPlace, signal: AbortSignal): Promise<ScanStatus> {
    const path = `${place.repository}/${place.path}`;
    const body = { repository_pkg_type: 'Docker', path, sha256: hexOf(digest) };
    const json = await this.#unless404(
      { call: 'status', method: 'POST', path: '/api/v1/scan/status/artifact', body },
      signal,
    );
    if (json === undefined) return 'NeverSeen';
    return statusOfScan(this.#shaped(ScanStatusDto, 'status', json).status);
  }

  // Undocumented, and gone from some versions.
  async #componentIds(digest: Digest, signal: AbortSignal): Promise<readonly string[]> {
    if (this.#missing.has('componentIds')) return [];
    const json = await this.#unless404(
      { call: 'components', method: 'GET', path: `/api/v1/componentIdsByChecksum/${hexOf(digest)}` },
      signal,
    );
    if (json === undefined) this.#missing.add('componentIds');
    const { ids } = this.#shaped(ComponentIdsDto, 'list of components', json ?? {});
    return (ids ?? []).map(({ package_id: id, version }) => `${id}:${version}`);
  }

  async #unless404(asked: XrayRequest, signal: AbortSignal): Promise<unknown> {
    return this.#json(asked, signal).catch((error: unknown) => {
      if (error instanceof XrayError && error.status === 404) return undefined;
      throw error;
    });
  }

  async #json(asked: XrayRequest, signal: AbortSignal): Promise<unknown> {
    return this.#transport.json({ ...asked, path: (await this.#findPrefix(signal)) + asked.path }, signal);
  }

  /**
   * Xray's own URL answers under `/api`, the platform's under `/xray/api` (XRAY.md 0.1). Found by the ping, which needs no
   * credentials: they go to no place that does not answer like Xray. Some versions ask for a user there, too.
   */
  async #findPrefix(signal: AbortSignal): Promise<string> {
    if (this.#prefix !== undefined) return this.#prefix;
    const candidates = /\/xray\/*$/.test(this.#options.url) ? [''] : ['', '/xray'];
    for (const prefix of candidates)
      if (await this.#isXray(prefix, prefix === candidates.at(-1), signal)) {
        this.#prefix = prefix;
        return prefix;
      }
    throw errorOfStatus({ status: 404, host: this.#transport.host });
  }

  async #isXray(prefix: string, isLast: boolean, signal: AbortSignal): Promise<boolean> {
    try {
      const json = await this.#transport.json({ ...PING, path: prefix + PING.path }, signal);
      this.#shaped(PingDto, 'ping', json);
      return true;
    } catch (error) {
      if (!(error instanceof XrayError)) throw error;
      if (error.code === 'CredentialsRefused' || error.code === 'Forbidden') return true;
      const isElsewhere = error.code === 'NotXray' || error.code === 'Redirected' || error.code === 'UnexpectedAnswer';
      if (!isElsewhere || isLast) throw error;
      return false;
    }
  }

  #shaped<T extends object>(shape: new () => T, what: string, json: unknown): T {
    const parsed = parseShape(shape, json);
    if (!parsed.ok) throw unexpected(this.#transport.host, what, parsed.problem);
    return parsed.value;
  }
}

/** By its size, or by a shape that others do not have. */
function isOfImage({ code }: XrayError): boolean {
  return code === 'UnexpectedAnswer' || code === 'TooLarge';
}

function filtersFor(query: ViolationsQuery): object {
  if ('of' in query)
    return {
      include_details: true, // only there is it said what is ignored
      resources: { artifacts: query.of.map(({ repository, path }) => ({ repo: repository, path })) },
    };
  return { created_from: query.createdFrom.toISOString().replace(/\.\d+Z$/, 'Z') };
}

/** In neither list is unknown, too; several artifacts may carry one checksum, and what is known is their union (XRAY.md 11). */
function factsFor(digest: Digest, { artifacts }: Summary): ImageFacts | undefined {
  const mine = artifacts.filter(({ sha256 }) => sha256 === hexOf(digest));
  return mine.length === 0 ? undefined : unionOf(mine);
}

function unionOf(artifacts: readonly ArtifactSummary[]): ImageFacts {
  const licenses = artifacts.flatMap((artifact) => artifact.licenses);
  return {
    vulnerabilities: oneForEach(artifacts.flatMap((artifact) => artifact.vulnerabilities)),
    licenses: [...new Map(licenses.map((one) => [one.name, one])).values()],
    paths: [...new Set(artifacts.flatMap(({ path }) => (path === undefined ? [] : imageFolder(path))))],
  };
}
