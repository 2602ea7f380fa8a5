// api: where each kind lives in the API server; shared by the classes that give the CRDs and by those who watch and write.

const GROUP = 'kubexray.io';
const VERSION = 'v1alpha1';

/** As it stands in `apiVersion`. */
export const API_VERSION = `${GROUP}/${VERSION}`;

export const xrayConnections = {
  group: GROUP,
  version: VERSION,
  plural: 'xrayconnections',
  kind: 'XrayConnection',
  namespaced: false,
} as const;

export const xrayPolicies = {
  group: GROUP,
  version: VERSION,
  plural: 'xraypolicies',
  kind: 'XrayPolicy',
  namespaced: true,
} as const;

export const xrayScanResults = {
  group: GROUP,
  version: VERSION,
  plural: 'xrayscanresults',
  kind: 'XrayScanResult',
  namespaced: true,
} as const;

export const clusterXrayPolicies = {
  group: GROUP,
  version: VERSION,
  plural: 'clusterxraypolicies',
  kind: 'ClusterXrayPolicy',
  namespaced: false,
} as const;

export const xrayExceptions = {
  group: GROUP,
  version: VERSION,
  plural: 'xrayexceptions',
  kind: 'XrayException',
  namespaced: true,
} as const;
