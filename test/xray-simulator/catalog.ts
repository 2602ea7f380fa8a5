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

/** Scanned artifacts by the hexadecimal digits of their digest; what is not in here was never scanned. */
export type Catalog = Map<string, Artifact>;

const UNKNOWN = "Artifact doesn't exist or not indexed/cached in Xray";

/** The answer to POST /api/v{1,2}/summary/artifact. Only version 2 says which versions fix an issue. */
export function summary(catalog: Catalog, checksums: readonly string[], version: 1 | 2): object {
  const found = checksums.flatMap((checksum) => {
    const artifact = catalog.get(checksum.toLowerCase());
    return artifact === undefined ? [] : [artifactAnswer(checksum, artifact, version)];
  });
  const missing = checksums.filter((checksum) => !catalog.has(checksum.toLowerCase()));
  return { artifacts: found, errors: missing.map((identifier) => ({ identifier, error: UNKNOWN })) };
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
