// crd: CustomResourceDefinitions → the reference of every field as one page of Markdown.
import type { CustomResourceDefinition, CustomResourceDefinitionVersion } from './definition.js';
import type { StructuralSchema } from './structural.js';

/** `introduction` stands above the kinds, its first line the heading of the page. */
export function apiReference(introduction: string, definitions: readonly CustomResourceDefinition[]): string {
  const chapters = definitions.flatMap((definition) =>
    definition.spec.versions.map((version) => chapter(definition, version)),
  );
  return `${[introduction.trim(), ...chapters].join('\n\n')}\n`;
}

function chapter({ spec }: CustomResourceDefinition, version: CustomResourceDefinitionVersion): string {
  const schema = version.schema.openAPIV3Schema;
  const { spec: wanted, status } = schema.properties ?? {};
  const { names, group, scope } = spec;
  const shown = new Shown();
  return [
    `## ${names.kind}`,
    prose(schema.description ?? ''),
    `\`apiVersion: ${group}/${version.name}\`, ${scope === 'Cluster' ? 'cluster-wide' : 'namespaced'}, ` +
      `\`kubectl get ${[names.plural, ...names.shortNames].join('` or `kubectl get ')}\`` +
      `${names.categories.map((category) => `, in \`kubectl get ${category}\``).join('')}.`,
    ...selectable(version),
    ...(wanted === undefined ? [] : ['### spec', table(wanted, 'spec', shown)]),
    ...(status === undefined ? [] : ['### status', table(status, 'status', shown)]),
    '### Columns',
    columns(version),
  ].join('\n\n');
}

function selectable({ selectableFields = [] }: CustomResourceDefinitionVersion): string[] {
  if (selectableFields.length === 0) return [];
  return [`Field selectors: ${selectableFields.map(({ jsonPath }) => `\`${jsonPath.slice(1)}\``).join(', ')}.`];
}

function columns({ additionalPrinterColumns }: CustomResourceDefinitionVersion): string {
  const lines = additionalPrinterColumns.map(({ name, jsonPath, description, priority = 0 }) =>
    row([name, code(jsonPath), priority === 0 ? '' : '`-o wide`', prose(description)]),
  );
  return [row(['Column', 'From', 'Shown with', 'Meaning']), row(['---', '---', '---', '---']), ...lines].join('\n');
}

function table(schema: StructuralSchema, path: string, shown: Shown): string {
  const lines = fields(schema, path, shown);
  const head = [row(['Field', 'Type', 'Default', 'Meaning']), row(['---', '---', '---', '---'])];
  return [prose(`${schema.description ?? ''}${ruleText(schema)}`), '', ...head, ...lines].join('\n');
}

function fields(schema: StructuralSchema, path: string, shown: Shown): string[] {
  const known = shown.before(schema, path);
  if (known !== undefined) return [row([code(`${path}.*`), '', '', `The same fields as in \`${known}\`.`])];
  return Object.entries(schema.properties ?? {}).flatMap(([name, field]) => {
    const here = `${path}.${name}`;
    const required = schema.required?.includes(name) === true;
    return [fieldRow(field, here, required), ...fields(field.items ?? field, field.items ? `${here}[]` : here, shown)];
  });
}

function fieldRow(field: StructuralSchema, path: string, required: boolean): string {
  const byDefault = field.default === undefined ? '' : code(JSON.stringify(field.default));
  const meaning = prose(`${field.description ?? ''}${ruleText(field)}${ruleText(field.items)}`);
  return row([code(path), typeText(field), required ? 'required' : byDefault, meaning]);
}

function ruleText({ 'x-kubernetes-validations': rules = [] }: StructuralSchema = {}): string {
  return rules.map(({ message }) => ` Rule: ${message}.`).join('');
}

function typeText(schema: StructuralSchema): string {
  const limits = [...choices(schema), ...range(schema), ...sizes(schema), ...patterns(schema)];
  return [nameOf(schema), ...limits].join(', ');
}

function nameOf({ type = '', format, items, additionalProperties }: StructuralSchema): string {
  if (items !== undefined) return `list of ${typeText(items)}`;
  if (additionalProperties !== undefined) return `map to ${typeText(additionalProperties)}`;
  return format ?? type;
}

function choices({ enum: values = [] }: StructuralSchema): string[] {
  return values.length === 0
    ? []
    : [values.map((value) => code(typeof value === 'string' ? value : JSON.stringify(value))).join(' ')];
}

function range({ minimum, maximum, exclusiveMinimum, exclusiveMaximum }: StructuralSchema): string[] {
  return [
    ...(minimum === undefined ? [] : [`${exclusiveMinimum === true ? 'above' : 'from'} ${minimum}`]),
    ...(maximum === undefined ? [] : [`${exclusiveMaximum === true ? 'below' : 'to'} ${maximum}`]),
  ];
}

function sizes({ minLength, maxLength, minItems, maxItems, maxProperties }: StructuralSchema): string[] {
  return [
    ...(minLength === undefined ? [] : [`at least ${minLength} characters`]),
    ...(maxLength === undefined ? [] : [`at most ${maxLength} characters`]),
    ...(minItems === undefined ? [] : [`at least ${minItems} items`]),
    ...(maxItems === undefined ? [] : [`at most ${maxItems} items`]),
    ...(maxProperties === undefined ? [] : [`at most ${maxProperties} entries`]),
  ];
}

function patterns({ pattern }: StructuralSchema): string[] {
  return pattern === undefined ? [] : [`matching ${code(pattern)}`];
}

function row(cells: readonly string[]): string {
  return `| ${cells.map((cell) => cell.replaceAll('\n', ' ').replaceAll('|', '\\|')).join(' | ')} |`;
}

/** A description is plain text; Markdown would take some of its characters for itself. */
function prose(text: string): string {
  return text.replaceAll(/[*_<`]/g, (character) => `\\${character}`);
}

function code(text: string): string {
  return `\`${text}\``;
}

/** Remembers the larger objects of a kind, so that one that stands in two places is written out once. */
class Shown {
  readonly #paths = new Map<string, string>();

  before({ properties = {} }: StructuralSchema, path: string): string | undefined {
    if (Object.keys(properties).length < 3) return undefined;
    const text = JSON.stringify(properties);
    const known = this.#paths.get(text);
    if (known === undefined) this.#paths.set(text, path);
    return known;
  }
}
