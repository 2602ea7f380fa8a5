const source = '@dot-kube/source';

/** @type {import('jest').Config} */
const shared = {
  testTimeout: 60_000, // a test that waits says how long by its own deadline; this ends one that hangs
  extensionsToTreatAsEsm: ['.ts'],
  moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': '$1' },
  testEnvironmentOptions: { customExportConditions: [source, 'node', 'node-addons'] },
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      {
        module: { type: 'es6' },
        sourceMaps: 'inline',
        jsc: {
          target: 'es2024',
          keepClassNames: true,
          parser: { syntax: 'typescript', decorators: true },
          experimental: { keepImportAttributes: true },
          transform: { legacyDecorator: true, decoratorMetadata: false, useDefineForClassFields: true },
        },
      },
    ],
  },
};

/** @type {import('jest').Config} */
const onACluster = {
  globalSetup: '<rootDir>/test/cluster/jest-global-setup.mjs',
  globalTeardown: '<rootDir>/test/cluster/jest-global-teardown.mjs',
};

// These look at, or count, all that the cluster holds, or what Xray is asked: they share one with nobody who would leave workloads in it.
const wholeCluster = [
  'brake.test.ts',
  'cli-page.test.ts',
  'dashboard/',
  'install.test.ts',
  'install/',
  'recipes.test.ts',
  'observability/',
  'xray-knowledge.test.ts',
  'xray-violations.test.ts',
];

// These run the operator as processes that are killed, frozen or stopped.
const processes = [
  'crash.test.ts',
  'custom-kinds.test.ts',
  'hand-over.test.ts',
  'hook-relay.test.ts',
  'notifications/',
  'replicas.test.ts',
];

const filesOf = (starts) =>
  starts.map((start) => `<rootDir>/test/integration/${start}${start.endsWith('/') ? '**/*.test.ts' : ''}`);

/** @type {import('jest').Config} */
export default {
  maxWorkers: 1, // the integration tests share one cluster, and one operator acts on it at a time
  reporters: ['default', '<rootDir>/test/closing-line-reporter.mjs'],
  projects: [
    { ...shared, displayName: 'unit', testMatch: ['<rootDir>/{,packages/*/}test/unit/**/*.test.ts'] },
    {
      ...shared,
      displayName: 'integration',
      testMatch: ['<rootDir>/test/integration/**/*.test.ts'],
      testPathIgnorePatterns: [...wholeCluster, ...processes].map((start) => `/test/integration/${start}`),
      ...onACluster,
    },
    { ...shared, displayName: 'integration-whole-cluster', testMatch: filesOf(wholeCluster), ...onACluster },
    { ...shared, displayName: 'integration-processes', testMatch: filesOf(processes), ...onACluster },
    {
      ...shared,
      displayName: 'framework-integration',
      testMatch: ['<rootDir>/packages/*/test/integration/**/*.test.ts'],
      ...onACluster,
    },
  ],
};
