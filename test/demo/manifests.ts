// demo: what a platform engineer and a team would apply.

export const TOKEN = 'demo-token';

export const images = {
  clean: 'registry.example/shop/clean:1.0',
  vulnerable: 'registry.example/shop/cart:1.0',
  fixed: 'registry.example/shop/cart:1.1',
  agpl: 'registry.example/shop/report:1.0',
  unscanned: 'registry.example/shop/new:1.0',
} as const;

export function connectionManifest(url: string): string {
  return `apiVersion: kubexray.io/v1alpha1
kind: XrayConnection
metadata: {name: default}
spec:
  url: ${url}
  credentialsSecretRef: {name: xray}
  pollInterval: 2s
  indexResolution: None`;
}

export const policyManifest = `apiVersion: kubexray.io/v1alpha1
kind: XrayPolicy
metadata:
  name: base
  namespace: shop
spec:
  mode: Enforce
  unscanned:
    gracePeriod: 3s
    actions: {deployments: ScaleDown}
  security:
    minSeverity: High
    actions: {deployments: ScaleDown}
  license:
    denied: ["AGPL-3.0-*"]
    actions: {deployments: ScaleDown}`;

/** What Xray comes to know later of an image that was clean. */
export const newIssue = {
  issue_id: 'XRAY-257003',
  summary: 'zlib reads beyond its buffer in inflate',
  severity: 'Critical',
  cves: [{ cve: 'CVE-2022-37434', cvss_v3: '9.8/CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H' }],
  components: [{ component_id: 'alpine://3.16:zlib:1.2.12-r1', fixed_versions: ['1.2.12-r2'] }],
};
