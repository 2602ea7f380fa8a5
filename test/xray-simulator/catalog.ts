// xray-simulator: what the simulated Xray knows, in the shapes of its API (field names as in the documentation of the REST API).

export interface Cve {
  readonly cve?: string;
  readonly cvss_v2?: string;
  readonly cvss_v3?: string;
  readonly cvss_v4?: string;
}

export interface Issue {
  readonly issue_id: string;
  readonly summary: string;
  readonly severity: string;
  readonly issue_type?: string;
  readonly cves?: readonly Cve[];
  readonly components?: readonly { readonly component_id: string; readonly fixed_versions: readonly string[] }[];
  readonly applicability_details?: readonly { readonly result: string }[];
}

export const SCAN_STATUSES = [
  'NOT_SUPPORTED',
  'NOT_SCANNED',
  'PENDING',
  'SCANNING',
  'DONE',
  'PARTIAL',
  'FAILED',
] as const;
export type ScanStatus = (typeof SCAN_STATUSES)[number];

/** One step of a scan: it stays in this status for so long; the last step stays. */
export interface ScanStep {
  readonly status: ScanStatus;
  readonly forMs: number;
}

export interface Artifact {
  readonly componentId: string;
  /** With `default/` before and a slash behind, as Xray has it. */
  readonly path: string;
  readonly issues: readonly Issue[];
  readonly licenses: readonly string[];
  /** A watch covers it: what is found in it is raised as violations. So it is unless told otherwise. */
  readonly watched: boolean;
  /** Counted from when it was put; none: it is done. */
  readonly scan: readonly ScanStep[];
}

interface Kept extends Artifact {
  readonly putAtMs: number;
}

const UNKNOWN = "Artifact doesn't exist or not indexed/cached in Xray";

/** Artifacts by their digest; what is not in here was never seen. */
export class Catalog {
  // By the hexadecimal digits alone, which is how Xray is asked.
  readonly #artifacts = new Map<string, Kept>();
  readonly #nowMs: () => number;

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  put(digest: string, artifact: Partial<Artifact>): Artifact {
    const key = hex(digest);
    const { componentId, path, issues, licenses, watched, scan } = artifact;
    const name = key.slice(0, 12);
    const kept = {
      componentId: componentId ?? `shop/${name}:1`,
      path: path ?? `default/docker-local/shop/${name}/1/`,
      issues: issues ?? [],
      licenses: licenses ?? [],
      watched: watched ?? true,
      scan: scan ?? [],
      putAtMs: this.#nowMs(),
    };
    this.#artifacts.set(key, kept);
    return kept;
  }

  addIssue(digest: string, issue: Issue): Artifact {
    const before = this.#artifacts.get(hex(digest));
    return this.put(digest, { ...before, issues: [...(before?.issues ?? []), issue] });
  }

  addLicense(digest: string, license: string): Artifact {
    const before = this.#artifacts.get(hex(digest));
    return this.put(digest, { ...before, licenses: [...(before?.licenses ?? []), license] });
  }

  /** From now on a watch covers it. @returns undefined where it is not known */
  watch(digest: string): Artifact | undefined {
    const before = this.#artifacts.get(hex(digest));
    return before && this.put(digest, { ...before, watched: true });
  }

  /** @returns whether it had been known */
  forget(digest: string): boolean {
    return this.#artifacts.delete(hex(digest));
  }

  isKnown(digest: string): boolean {
    return this.#artifacts.has(hex(digest));
  }

  componentId(digest: string): string | undefined {
    return this.#artifacts.get(hex(digest))?.componentId;
  }

  /** `path` with repository, as in `docker-local/shop/cart/1/manifest.json`. */
  statusAt(path: string): ScanStatus | undefined {
    const folder = `default/${path.replace(/[^/]*$/, '')}`;
    const found = [...this.#artifacts.values()].find((artifact) => artifact.path === folder);
    return found && this.#statusOf(found);
  }

  /** The answer to POST /api/v{1,2}/summary/artifact. Only version 2 says which versions fix an issue. */
  summary(checksums: readonly string[], version: 1 | 2, twice: boolean): object {
    const found = checksums.flatMap((checksum) => {
      const artifact = this.#artifacts.get(checksum.toLowerCase());
      return artifact === undefined || !this.#hasData(artifact) ? [] : [{ checksum, artifact }];
    });
    const known = new Set(found.map(({ checksum }) => checksum));
    return {
      artifacts: found
        .flatMap((one) => (twice ? [one, { ...one, artifact: inMirror(one.artifact) }] : [one]))
        .map(({ checksum, artifact }) => artifactAnswer(checksum, artifact, version)),
      errors: checksums.filter((one) => !known.has(one)).map((identifier) => ({ identifier, error: UNKNOWN })),
    };
  }

  #hasData(artifact: Kept): boolean {
    const status = this.#statusOf(artifact);
    return status === 'DONE' || status === 'PARTIAL';
  }

  #statusOf({ scan, putAtMs }: Kept): ScanStatus {
    let leftMs = this.#nowMs() - putAtMs;
    for (const { status, forMs } of scan) {
      if (leftMs < forMs) return status;
      leftMs -= forMs;
    }
    return scan.at(-1)?.status ?? 'DONE';
  }
}

function inMirror(artifact: Kept): Kept {
  return { ...artifact, path: artifact.path.replace(/^default\/[^/]+\//, 'default/mirror/') };
}

function artifactAnswer(sha256: string, { componentId, path, issues, licenses }: Artifact, version: 1 | 2): object {
  return {
    general: { component_id: componentId, name: componentId, path, pkg_type: 'Docker', sha256 },
    issues: issues.map(({ components, ...issue }) => ({
      issue_type: 'security',
      provider: 'JFrog',
      created: '2026-01-01T00:00:00.000Z',
      impact_path: [`${path}manifest.json`],
      ...issue,
      ...(version === 2 ? { components: components ?? [] } : {}),
    })),
    licenses: licenses.map((name) => ({
      name,
      full_name: name === 'Unknown' ? 'Unknown license' : name,
      more_info_url: name === 'Unknown' ? ['Unknown link'] : [`https://spdx.org/licenses/${name}`],
      components: [`docker://${componentId}`],
    })),
    operational_risks: [],
  };
}

function hex(digest: string): string {
  return digest.replace(/^sha256:/, '').toLowerCase();
}
