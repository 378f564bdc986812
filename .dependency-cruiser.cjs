/** Imports go one way: app → server → features → core; interface code → client → core's shared parts. */
const FEATURE = '^src/features/([^/]+)/';

module.exports = {
  forbidden: [
    {
      name: 'no-circular',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'core-knows-no-feature',
      severity: 'error',
      from: { path: '^src/core/' },
      to: { path: '^src/(features|server|app|client|ui|i18n)/' },
    },
    {
      name: 'ui-primitives-know-no-feature',
      severity: 'error',
      from: { path: '^src/ui/' },
      to: { path: '^src/(features|server|app|client)/' },
    },
    {
      name: 'client-knows-no-server',
      comment: 'Code for the browser may use core only for what both sides share.',
      severity: 'error',
      from: { path: '^src/client/' },
      to: { path: '^src/(server|app)/' },
    },
    {
      name: 'features-know-no-app-or-server',
      severity: 'error',
      from: { path: '^src/features/' },
      to: { path: '^src/(app|server)/' },
    },
    {
      name: 'features-share-only-schemas-and-data',
      comment:
        "Another feature's service arrives by injection; its schema, data files and interface pieces may be imported.",
      severity: 'error',
      from: { path: FEATURE, pathNot: '\\.test\\.tsx?$' },
      to: {
        path: FEATURE,
        pathNot: [
          '^src/features/$1/',
          '/(permissions|events|prices|contract)\\.ts$',
          '/[a-z-]*schema\\.ts$',
          '\\.data\\.ts$',
          '^src/features/[^/]+/ui/',
          // The rules engine is the one implementation for editor, API and worker.
          '^src/features/platforms/rules/',
          '^src/features/platforms/providers/(types|material)\\.ts$',
          // What a channel gets, and the interface between a post and its runs.
          '^src/features/content/(variant|run-planner)\\.ts$',
          // The state machine as a table.
          '^src/features/publishing/states\\.ts$',
        ],
      },
    },
    {
      name: 'only-ui-imports-ui',
      comment: 'Server parts of a feature never import React parts.',
      severity: 'error',
      from: { path: '^src/features/[^/]+/(?!ui/)', pathNot: '\\.test\\.tsx?$' },
      to: { path: '^src/(features/[^/]+/ui|ui|client)/' },
    },
    {
      name: 'interface-imports-no-server-code',
      severity: 'error',
      from: { path: '^src/features/[^/]+/ui/|^src/ui/|^src/client/' },
      to: {
        path: [
          '^src/features/[^/]+/(service|repository|access|worker)',
          '^src/features/[^/]+/providers/(?!types)',
          '^src/core/(db/db|db/firebase|http/|jobs|cache|crypto|resilience|telemetry|events/(bus|outbox)|config)',
          '^src/server/',
        ],
        dependencyTypesNot: ['type-only'],
      },
    },
    {
      name: 'no-tests-in-production-code',
      severity: 'error',
      from: { path: '^src/', pathNot: '\\.test\\.tsx?$' },
      to: { path: '^tests/' },
    },
    {
      name: 'resolvable',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true, pathNot: ['^server-only$'] },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: 'specify',
    tsConfig: { fileName: 'tsconfig.json' },
    parser: 'swc',
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default', 'types'],
      extensions: ['.ts', '.tsx', '.js', '.mjs', '.json'],
    },
  },
};
