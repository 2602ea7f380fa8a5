/** How a program becomes one file: the operator for production, and the programs that the benchmarks measure beside it. */
export const BUNDLED = {
  bundle: true,
  platform: 'node',
  // An ES module takes a quarter longer to start: of each of Node's own modules that it imports, Node looks at every export, and
  // so loads what nobody wants (docs/performance.md).
  format: 'cjs',
  target: 'node24',
  mainFields: ['module', 'main'],
  conditions: ['@dot-kube/source'],
  tsconfig: 'tsconfig.json',
};
