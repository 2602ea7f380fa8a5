// The reference of the framework's public face: what each of its doors exports, with its doc comments, as Markdown.
// Read from the source by the compiler's own emit of declarations, so it says what the types say.
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import ts from 'typescript';

const SOURCE = 'packages/operator/src';

const DOORS = [
  ['@dot-kube/operator', 'index.ts'],
  ['@dot-kube/operator/conditions', 'conditions/condition.ts'],
  ['@dot-kube/operator/crd', 'crd/index.ts'],
  ['@dot-kube/operator/crd/doc-comments', 'crd/doc-comments.ts'],
  ['@dot-kube/operator/protobuf', 'protobuf/index.ts'],
  ['@dot-kube/operator/testing', 'testing/index.ts'],
  ['@dot-kube/operator/testing/cluster', 'testing/cluster/index.ts'],
  ['@dot-kube/operator/webhook', 'webhook/index.ts'],
] as const;

const INTRODUCTION = `# API reference: @dot-kube/operator

Printed from \`src/\` by \`npm run generate\`; do not edit. Start with the [README](README.md).`;

/** @param root of the repository */
export function packageReference(root: string): string {
  const chapters = DOORS.map(([name, file]) => {
    const sections = exportsOf(join(root, SOURCE, file)).map(sectionOf);
    return [`## \`${name}\``, ...sections].join('\n\n');
  });
  return `${[INTRODUCTION, ...chapters].join('\n\n')}\n`;
}

interface Exported {
  readonly name: string;
  readonly text: string;
}

function sectionOf({ name, text }: Exported): string {
  return `### ${name}\n\n\`\`\`ts\n${text}\n\`\`\``;
}

/** What a module exports, by name. */
function exportsOf(path: string): Exported[] {
  const file = parse(path, readFileSync(path, 'utf8'));
  const passedOn = file.statements.filter(ts.isExportDeclaration).flatMap((statement) => passedOnBy(statement, path));
  return [...declaredIn(path), ...passedOn].sort((a, b) => a.name.localeCompare(b.name));
}

function passedOnBy({ moduleSpecifier, exportClause }: ts.ExportDeclaration, from: string): Exported[] {
  if (moduleSpecifier === undefined || !ts.isStringLiteral(moduleSpecifier)) return [];
  const { text: path } = moduleSpecifier;
  const named =
    exportClause !== undefined && ts.isNamedExports(exportClause)
      ? exportClause.elements.map((element) => element.name.text)
      : undefined;
  if (!path.startsWith('.')) return (named ?? []).map((name) => ({ name, text: `// that of the package ${path}` }));
  const all = exportsOf(join(dirname(from), path.replace(/\.js$/, '.ts')));
  if (named === undefined) return all;
  const names = new Set(named);
  return all.filter(({ name }) => names.has(name));
}

/** The declarations of a file, without bodies and without what is private. */
function declaredIn(path: string): Exported[] {
  const { outputText } = ts.transpileDeclaration(readFileSync(path, 'utf8'), {
    fileName: path,
    compilerOptions: { target: ts.ScriptTarget.ES2024, module: ts.ModuleKind.NodeNext, experimentalDecorators: true },
  });
  const file = parse(path, outputText);
  return file.statements.filter(isExported).flatMap((statement) => {
    const text = outputText.slice(statement.getStart(file, true), statement.getEnd());
    return namesOf(statement).map((name) => ({ name, text: tidy(text) }));
  });
}

function tidy(text: string): string {
  return text
    .replaceAll(/^export (declare )?/gm, '')
    .replaceAll(/^\s*#private;\n/gm, '')
    .replaceAll(/^\s*private constructor\(\);\n/gm, '')
    .replaceAll('    ', '  ');
}

function isExported(statement: ts.Statement): boolean {
  return (
    ts.canHaveModifiers(statement) &&
    (ts.getModifiers(statement) ?? []).some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword)
  );
}

function namesOf(statement: ts.Statement): string[] {
  if (ts.isVariableStatement(statement))
    return statement.declarationList.declarations.map(({ name }) => name.getText(statement.getSourceFile()));
  const isNamed =
    ts.isClassDeclaration(statement) ||
    ts.isInterfaceDeclaration(statement) ||
    ts.isTypeAliasDeclaration(statement) ||
    ts.isFunctionDeclaration(statement);
  return isNamed && statement.name !== undefined ? [statement.name.text] : [];
}

function parse(path: string, text: string): ts.SourceFile {
  return ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true);
}
