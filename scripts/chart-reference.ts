// The values of the charts as a table: what each means is written in values.schema.json, what it is unless told otherwise in
// values.yaml. A value that only one of them knows is a fault, so neither can fall behind. Printed by generate-crds.ts.
import { readFileSync } from 'node:fs';
import { parse } from 'yaml';

const CHARTS = ['kubexray-operator', 'kubexray-policies'];
const TAKEN_NO_NOTICE_OF = 'global';

const INTRODUCTION = `# Values of the charts

Printed from \`charts/*/values.schema.json\` and \`values.yaml\` by \`npm run generate\`; do not edit. Helm refuses a value that
is not listed here, or not of the form that the schema says. How they go together: [install.md](../install.md).
`;

interface Schema {
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly description?: string;
}

interface Row {
  readonly path: string;
  readonly byDefault: unknown;
  readonly description: string;
}

/** @throws Error that names a value which only the schema or only values.yaml has, or which is not described */
export function chartReference(): string {
  return [INTRODUCTION, ...CHARTS.map(section)].join('\n');
}

function section(chart: string): string {
  const read = (file: string): string => readFileSync(`charts/${chart}/${file}`, 'utf8');
  // eslint-disable-next-line @typescript-eslint/no-unsafe-type-assertion -- our own file, which Helm reads in a test
  const schema = JSON.parse(read('values.schema.json')) as Schema;
  const properties = Object.fromEntries(
    Object.entries(schema.properties ?? {}).filter(([key]) => key !== TAKEN_NO_NOTICE_OF),
  );
  const lines = rows({ properties }, parse(read('values.yaml')), []).map(
    ({ path, byDefault, description }) => `| \`${path}\` | \`${JSON.stringify(byDefault)}\` | ${description} |`,
  );
  return [`## ${chart}\n`, '| value | unless told otherwise | meaning |', '| --- | --- | --- |', ...lines, ''].join(
    '\n',
  );
}

function rows({ properties, description }: Schema, value: unknown, path: readonly string[]): readonly Row[] {
  if (properties === undefined) {
    if (description === undefined) throw new Error(`${path.join('.')} has no description in values.schema.json`);
    return [{ path: path.join('.'), byDefault: value, description }];
  }
  const values = new Map<string, unknown>(Object.entries(value ?? {}));
  const known = Object.keys(properties);
  const one = [...new Set([...known, ...values.keys()])].find((key) => !(key in properties) || !values.has(key));
  if (one !== undefined)
    throw new Error(`${[...path, one].join('.')} stands in only one of values.yaml and values.schema.json`);
  return known.flatMap((key) => rows(properties[key] ?? {}, values.get(key), [...path, key]));
}
