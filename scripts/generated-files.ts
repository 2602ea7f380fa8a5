// What is printed from the classes of the api, and what the charts repeat of other files. Written by generate-crds.ts.
import { apiReference, customResourceDefinition } from '@dot-kube/operator/crd';
import { stringify } from 'yaml';
import { ClusterXrayPolicy } from '../src/api/v1alpha1/cluster-xray-policy.js';
import { XrayConnection } from '../src/api/v1alpha1/xray-connection.js';
import { XrayException } from '../src/api/v1alpha1/xray-exception.js';
import { XrayPolicy } from '../src/api/v1alpha1/xray-policy.js';
import { XrayScanResult } from '../src/api/v1alpha1/xray-scan-result.js';
import { chartFiles } from './chart-files.js';
import { chartReference } from './chart-reference.js';
import { packageReference } from './package-reference.js';

const KINDS = [XrayConnection, ClusterXrayPolicy, XrayPolicy, XrayException, XrayScanResult];

const INTRODUCTION = `
# API reference: kubexray.io/v1alpha1

Printed from \`src/api/v1alpha1/\` by \`npm run generate\`; do not edit. The same words stand in \`kubectl explain\`.

Durations are numbers with a unit each, \`ms\`, \`s\`, \`m\`, \`h\` or \`d\` (24 hours), as in \`90s\`, \`1h30m\` or \`90d\`.
`;

/** Path from the root of the repository → text. */
export function generatedFiles(): ReadonlyMap<string, string> {
  const definitions = KINDS.map(customResourceDefinition);
  const crds = new Map(
    definitions.map((definition): [string, string] => [
      `crds/${definition.spec.names.plural}.yaml`,
      `# Printed from src/api/ by \`npm run generate\`; do not edit.\n${stringify(definition, { aliasDuplicateObjects: false, lineWidth: 0 })}`,
    ]),
  );
  return new Map([
    ...crds,
    ...chartFiles(crds),
    ['docs/reference/chart.md', chartReference()],
    ['docs/reference/api.md', apiReference(INTRODUCTION, definitions)],
    ['packages/operator/API.md', packageReference(process.cwd())],
  ]);
}
