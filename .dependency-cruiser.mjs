// The way of the data, left to right. A stage may look left, never right.
const way = [
  'api',
  'shape',
  'observe',
  'workload',
  'registry',
  'scan',
  'hook',
  'evaluate',
  'plan',
  'enforce',
  'report',
  'controllers',
  'cli',
];
const lookOnlyLeft = way.slice(0, -1).map((stage, i) => ({
  name: `${stage}-looks-only-left`,
  comment: `Move the shared type left of ${stage}/, or join the two in controllers/.`,
  severity: 'error',
  from: { path: `^src/${stage}/` },
  to: { path: `^src/(${way.slice(i + 1).join('|')})/` },
}));

/** @type {import('dependency-cruiser').IConfiguration} */
export default {
  forbidden: [
    ...lookOnlyLeft,
    {
      name: 'framework-knows-no-domain',
      severity: 'error',
      from: { path: '^packages/operator/' },
      to: { path: '^(src|test)/' },
    },
    {
      name: 'framework-by-its-doors',
      severity: 'error',
      comment: 'Import @dot-kube/operator or one of its subpaths.',
      from: { path: '^(src|test|scripts)/' },
      to: {
        path: '^packages/operator/',
        pathNot:
          '^packages/operator/src/(index|conditions/condition|crd/index|crd/doc-comments|protobuf/index|testing/index|testing/cluster/index|webhook/index)[.]ts$',
      },
    },
    {
      name: 'xray-knows-no-kubernetes',
      severity: 'error',
      from: { path: '^src/scan/xray/' },
      to: { path: '@kubernetes/client-node' },
    },
    {
      name: 'time-has-one-door',
      severity: 'error',
      comment: 'Take a Clock.',
      from: { path: '^(src|packages/[^/]+/src)/', pathNot: '^packages/operator/src/(time|testing)/' },
      to: { path: '^timers(/|$)' },
    },
    {
      name: 'process-has-one-door',
      severity: 'error',
      comment: 'Take a setting or an AbortSignal; main.ts knows the process.',
      from: {
        path: '^(src|packages/[^/]+/src)/',
        pathNot: '^(src/(main[.]ts|config/)|packages/operator/src/(testing/|telemetry/process-metrics[.]ts))',
      },
      to: { path: '^(process|child_process)$' },
    },
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    { name: 'no-orphans', severity: 'error', from: { orphan: true, pathNot: ['[.]d[.]m?ts$', '[.]mjs$'] }, to: {} },
    {
      name: 'no-test-in-product',
      severity: 'error',
      from: { path: '^(src|packages/[^/]+/src)/' },
      to: { path: '(^|/)test/' },
    },
    {
      name: 'no-dev-dependency-in-product',
      severity: 'error',
      from: { path: '^(src|packages/[^/]+/src)/' },
      to: { dependencyTypes: ['npm-dev'], dependencyTypesNot: ['type-only', 'npm-peer'] },
    },
    { name: 'resolvable', severity: 'error', from: {}, to: { couldNotResolve: true } },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '(^|/)dist/' }, // what is built, not what is written
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['@dot-kube/source', 'import', 'node', 'default'],
    },
  },
};
