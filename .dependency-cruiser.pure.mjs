// Looks at what is left after types are erased: nothing with an effect may be within reach of a pure stage.
import base from './.dependency-cruiser.mjs';

/** @type {import('dependency-cruiser').IConfiguration} */
export default {
  forbidden: [
    {
      name: 'pure-reaches-no-effect',
      severity: 'error',
      comment: 'Take the value as an argument. If only the type is needed, `import type` it.',
      from: { path: '^src/(workload|evaluate|plan|report)/' },
      to: {
        reachable: true,
        path: [
          'node_modules/(@kubernetes/client-node|undici|winston|prom-client|class-validator|class-transformer)/',
          '^src/(observe|enforce|shape|scan/xray|hook|controllers|config)/',
          '^(fs|net|tls|http|http2|https|dns|child_process|process|timers|worker_threads)(/|$)',
        ],
      },
    },
    {
      name: 'unit-tests-load-no-client',
      severity: 'error',
      comment: 'Loading the client costs half a second per test file. What needs the server goes to test/integration/.',
      from: { path: ['^test/unit/', '^packages/operator/test/unit/'] },
      to: { reachable: true, path: 'node_modules/@kubernetes/client-node/' },
    },
  ],
  options: { ...base.options, tsPreCompilationDeps: false },
};
