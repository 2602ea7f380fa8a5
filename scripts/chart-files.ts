// What the operator's chart holds a copy of, because a chart reads nothing outside of its own folder: the CRDs, and the rules
// of config/rbac, which are written there and nowhere else. Printed by generate-crds.ts.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseAllDocuments, stringify } from 'yaml';

const CHART = 'charts/kubexray-operator/files';
const RBAC = 'config/rbac';
const OF_THE_OPERATOR = ['rbac', 'enforce', 'rollback', 'pull-secrets', 'keda', 'policy-reports'].map(
  (name) => `${name}.yaml`,
);
const OF_PEOPLE = 'roles.yaml';

interface Role {
  readonly kind: string;
  readonly metadata: { readonly name: string };
  readonly rules?: unknown;
}

/** Path from the root of the repository → text. @param crds path → text, of crds/ */
export function chartFiles(crds: ReadonlyMap<string, string>): ReadonlyMap<string, string> {
  const roles = OF_THE_OPERATOR.flatMap(rolesIn).filter(({ rules }) => rules !== undefined);
  return new Map([
    ...[...crds].map(([path, text]): [string, string] => [`${CHART}/${path}`, text]),
    ...roles.map(({ kind, metadata, rules }): [string, string] => [
      `${CHART}/rbac/${kind}.${metadata.name}.yaml`,
      printed({ rules }),
    ]),
    ...rolesIn(OF_PEOPLE).map((role): [string, string] => [
      `${CHART}/people-roles/${role.metadata.name}.yaml`,
      printed(role),
    ]),
  ]);
}

function rolesIn(file: string): readonly Role[] {
  return parseAllDocuments(readFileSync(join(RBAC, file), 'utf8')).map(
    // eslint-disable-next-line @typescript-eslint/no-unsafe-type-assertion -- our own files, which a test applies
    (document) => document.toJS() as Role,
  );
}

function printed(value: object): string {
  return `# Printed from config/rbac by \`npm run generate\`; do not edit.\n${stringify(value, { lineWidth: 0 })}`;
}
