// Each reason that the operator may give stands in docs/troubleshooting.md, and the page names none that there is not. What the code may
// give is asked of the compiler: the string literals that the type of each property `reason` allows.
import { readFileSync } from 'node:fs';
import { beforeAll, expect, test } from '@jest/globals';
import ts from 'typescript';

const PAGE = 'docs/troubleshooting.md';
const FOLDERS = /\/src\/(controllers|enforce|evaluate|hook|plan|report|scan)\/(?!figures\/)/u; // a metric's label is called reason, too

let given: ReadonlySet<string>;

beforeAll(() => {
  given = new Set(reasonsIn(programOf('tsconfig.json')));
}, 60_000);

test('every reason that the code may give is on the page', () => {
  const page = new Set([...readFileSync(PAGE, 'utf8').matchAll(/`(\w+)`/gu)].map(([, word]) => word));
  expect([...given].filter((reason) => !page.has(reason)).sort()).toEqual([]);
});

test('every reason on the page is one that the code may give', () => {
  const told = reasonsOnThePage();
  expect(told.length).toBeGreaterThan(80);
  expect(told.filter((reason) => !given.has(reason))).toEqual([]);
});

function programOf(config: string): ts.Program {
  const read = ts.readConfigFile(config, (path) => ts.sys.readFile(path));
  const { fileNames, options } = ts.parseJsonConfigFileContent(read.config, ts.sys, process.cwd());
  return ts.createProgram(
    fileNames.filter((name) => FOLDERS.test(name)),
    options,
  );
}

function reasonsIn(program: ts.Program): readonly string[] {
  const checker = program.getTypeChecker();
  const found: string[] = [];
  const visit = (node: ts.Node): void => {
    const value = ts.isPropertyAssignment(node)
      ? node.initializer
      : ts.isShorthandPropertyAssignment(node)
        ? node.name
        : undefined;
    if (value !== undefined && node.getChildAt(0).getText() === 'reason')
      found.push(...literalsOf(checker.getTypeAtLocation(value)));
    ts.forEachChild(node, visit);
  };
  for (const file of program.getSourceFiles()) if (FOLDERS.test(file.fileName)) visit(file);
  return found;
}

function literalsOf(type: ts.Type): readonly string[] {
  if (type.isUnion()) return type.types.flatMap(literalsOf);
  return type.isStringLiteral() ? [type.value] : [];
}

/** What is named in the columns of reasons of its tables. */
function reasonsOnThePage(): readonly string[] {
  let column = -1;
  const told: string[] = [];
  for (const line of readFileSync(PAGE, 'utf8').split('\n')) {
    const cells = line.startsWith('|') ? line.split('|').map((cell) => cell.trim()) : [];
    if (cells.length === 0) column = -1;
    else if (column < 0) column = cells.findIndex((cell) => cell === 'reason');
    else told.push(...[...(cells[column] ?? '').matchAll(/`(\w+)`/gu)].map(([, word = '']) => word));
  }
  return told;
}
