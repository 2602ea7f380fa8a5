// xray-simulator: what the simulated Xray knows, in the shapes of its API (field names as in the documentation of the REST API).

export interface Cve {
  readonly cve?: string;
  readonly cvss_v2?: string;
  readonly cvss_v3?: string;
}

export interface Issue {
  readonly issue_id: string;
  readonly summary: string;
  readonly severity: string;
  readonly issue_type?: string;
  readonly cves?: readonly Cve[];
  readonly components?: readonly { readonly component_id: string; readonly fixed_versions: readonly string[] }[];
}

export interface Artifact {
  readonly componentId: string;
  readonly path: string;
  readonly issues: readonly Issue[];
  readonly licenses: readonly string[];
}

const emptyArtifact: Artifact = {
  componentId: 'shop/web:1',
  path: 'default/docker-local/shop/web/1/',
  issues: [],
  licenses: [],
};

const UNKNOWN = "Artifact doesn't exist or not indexed/cached in Xray";

/** Scanned artifacts by their digest; what is not in here was never scanned. */
export class Catalog {
  // By the hexadecimal digits alone, which is how Xray is asked.
  readonly #artifacts = new Map<string, Artifact>();

  put(digest: string, artifact: Partial<Artifact>): void {
    const { componentId, path, issues, licenses } = artifact;
    this.#artifacts.set(hex(digest), {
      componentId: componentId ?? emptyArtifact.componentId,
      path: path ?? emptyArtifact.path,
      issues: issues ?? [],
      licenses: licenses ?? [],
    });
  }

  addIssue(digest: string, issue: Issue): void {
    const { issues, ...rest } = this.#artifacts.get(hex(digest)) ?? emptyArtifact;
    this.put(digest, { ...rest, issues: [...issues, issue] });
  }

  addLicense(digest: string, license: string): void {
    const { licenses, ...rest } = this.#artifacts.get(hex(digest)) ?? emptyArtifact;
    this.put(digest, { ...rest, licenses: [...licenses, license] });
  }

  /** @returns whether it had been known */
  forget(digest: string): boolean {
    return this.#artifacts.delete(hex(digest));
  }

  /** The answer to POST /api/v{1,2}/summary/artifact. Only version 2 says which versions fix an issue. */
  summary(checksums: readonly string[], version: 1 | 2): object {
    const found = checksums.flatMap((checksum) => {
      const artifact = this.#artifacts.get(checksum.toLowerCase());
      return artifact === undefined ? [] : [artifactAnswer(checksum, artifact, version)];
    });
    const missing = checksums.filter((checksum) => !this.#artifacts.has(checksum.toLowerCase()));
    return { artifacts: found, errors: missing.map((identifier) => ({ identifier, error: UNKNOWN })) };
  }
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
