import js from '@eslint/js';
import { defineConfig, globalIgnores } from 'eslint/config';
import prettier from 'eslint-config-prettier';
import tseslint from 'typescript-eslint';

const timersAndProcess = ['setTimeout', 'setInterval', 'setImmediate', 'process'];
const everywhere = [
  { selector: 'TSEnumDeclaration', message: 'Use a union of string literals.' },
  { selector: 'TSParameterProperty', message: 'Declare the field, then assign it.' },
  { selector: 'ExportDefaultDeclaration', message: 'One name everywhere: export by name.' },
];
const inPureStages = [
  { selector: "NewExpression[callee.name='Date'][arguments.length=0]", message: 'Time comes in as a value.' },
  { selector: "MemberExpression[object.name='Date'][property.name='now']", message: 'Time comes in as a value.' },
  { selector: "MemberExpression[object.name='Math'][property.name='random']", message: 'Chance comes in as a value.' },
  { selector: ':function[async=true]', message: 'A pure stage has nothing to wait for.' },
];

export default defineConfig(
  globalIgnores(['**/dist/', '**/coverage/', '**/*.mjs', '*.js', '.dependency-cruiser*.mjs']),
  js.configs.recommended,
  tseslint.configs.strictTypeChecked,
  tseslint.configs.stylisticTypeChecked,
  {
    languageOptions: { parserOptions: { projectService: true } },
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    rules: {
      eqeqeq: 'error',
      'no-console': 'error',
      complexity: ['error', 10],
      'max-depth': ['error', 3],
      'max-params': ['error', 4],
      'max-lines': ['error', { max: 300, skipBlankLines: true, skipComments: true }],
      'max-lines-per-function': ['error', { max: 50, skipBlankLines: true, skipComments: true }],
      'no-restricted-globals': ['error', ...timersAndProcess, 'fetch'],
      'no-restricted-syntax': ['error', ...everywhere],
      '@typescript-eslint/consistent-type-exports': 'error',
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
      '@typescript-eslint/explicit-module-boundary-types': 'error',
      // The classes of api/ are shapes of JSON: behind the edge plain objects have the same type.
      '@typescript-eslint/no-unsafe-class-instance-assignment': 'off',
      '@typescript-eslint/no-unsafe-type-assertion': 'error',
      '@typescript-eslint/prefer-readonly': 'error',
      '@typescript-eslint/promise-function-async': 'error',
      '@typescript-eslint/require-await': 'off', // a port may be async by contract only
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/strict-boolean-expressions': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        {
          allowDefaultCaseForExhaustiveSwitch: false,
          considerDefaultExhaustiveForUnions: false,
          requireDefaultForNonUnion: true,
        },
      ],
    },
  },
  {
    files: ['src/{workload,evaluate,plan,report}/**/*.ts'],
    rules: { 'no-restricted-syntax': ['error', ...everywhere, ...inPureStages] },
  },
  {
    // The doors to time and to the process.
    files: [
      'src/main.ts',
      'src/cli/main.ts',
      'packages/operator/{src/time,src/testing,example}/**/*.ts',
      'scripts/**/*.ts',
      'bench/**/*.ts',
    ],
    rules: { 'no-restricted-globals': 'off' },
  },
  {
    // In the browser, and never in the operator: time and the network are the browser's own; a component's type is its name.
    files: ['src/cli/dashboard/page/**/*.{ts,tsx}'],
    rules: {
      'no-restricted-globals': 'off',
      '@typescript-eslint/explicit-module-boundary-types': 'off',
    },
  },
  {
    files: ['**/test/**/*.ts'],
    rules: {
      'max-lines': 'off',
      'max-lines-per-function': 'off',
      'no-restricted-globals': 'off',
      '@typescript-eslint/no-misused-spread': 'off', // of the classes of api/, for the reason above
    },
  },
  prettier,
);
