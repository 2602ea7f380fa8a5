// chaos/story: the images that stories run, and what Xray may say of them. One source for the simulated Xray and for the model.

export interface Issue {
  readonly issue_id: string;
  readonly summary: string;
  readonly severity: 'Critical' | 'High' | 'Medium' | 'Low';
  readonly cves: readonly { readonly cve: string; readonly cvss_v3?: string }[];
  readonly components: readonly { readonly component_id: string; readonly fixed_versions: readonly string[] }[];
}

/** What Xray says of an image. */
export interface Facts {
  readonly issues: readonly Issue[];
  readonly licenses: readonly string[];
}

/** `none`: Xray has never seen it, or has forgotten it. */
export type Truth = Facts | 'none';

const unfixed = [{ component_id: 'deb://openssl:1', fixed_versions: [] }];
const fixed = [{ component_id: 'deb://openssl:1', fixed_versions: ['1.1'] }];

export const issues = {
  critical: {
    issue_id: 'XRAY-1',
    summary: 'overflow',
    severity: 'Critical',
    cves: [{ cve: 'CVE-2026-0001', cvss_v3: '9.8/CVSS:3.1/AV:N' }],
    components: unfixed,
  },
  highWithTwoNames: {
    issue_id: 'XRAY-2',
    summary: 'traversal',
    severity: 'High',
    cves: [{ cve: 'CVE-2026-0002', cvss_v3: '7.5/CVSS:3.1/AV:N' }, { cve: 'CVE-2026-0003' }],
    components: fixed,
  },
  medium: {
    issue_id: 'XRAY-3',
    summary: 'leak',
    severity: 'Medium',
    cves: [{ cve: 'CVE-2026-0004', cvss_v3: '5.0/CVSS:3.1/AV:N' }],
    components: fixed,
  },
  malicious: {
    issue_id: 'XRAY-4',
    summary: 'malicious package that steals keys',
    severity: 'Low',
    cves: [],
    components: unfixed,
  },
} as const satisfies Readonly<Record<string, Issue>>;

export const allIssues: readonly Issue[] = Object.values(issues);
export const LICENSES = ['MIT', 'AGPL-3.0-only', 'GPL-2.0-only', 'Unknown'] as const;
export const clean: Facts = { issues: [], licenses: ['MIT'] };
