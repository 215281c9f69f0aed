// Who may import whom. An import that is not allowed here fails `pnpm boundaries`. tools/repo-checks plants a violation of
// each rule and checks that the rule reports it.

const sources = '^packages/[^/]+/src/';
const builtin = ['core'];

/** Everything that package may reach from its sources, as one pattern on resolved paths. */
const reach = (packages, thirdParty = []) =>
  [`^packages/(${packages.join('|')})/src/`, ...thirdParty.map((name) => `node_modules/${name}/`)].join('|');

const only = (name, from, allowed, { builtins = true, comment }) => ({
  name,
  comment,
  severity: 'error',
  from: { path: from },
  to: { pathNot: allowed, ...(builtins ? { dependencyTypesNot: builtin } : {}) },
});

/**
 * The rooms of each package, top to bottom: folders of its `src/`, and the files beside them. A room imports only rooms of
 * lower levels. Rooms that share a level do not import each other.
 */
export const rooms = {
  'packages/core': [
    ['index.ts', 'adapter.ts', 'testing.ts'],
    ['drivers', 'ports', 'testing'],
    ['arguments'],
    ['rules/balance', 'rules/fleet', 'rules/selection'],
    ['rules', 'logging'],
    ['time'],
    ['domain'],
  ],
  'packages/adapter-memory': [
    ['index.ts'],
    ['create-memory-executors.ts'],
    ['memory-faults.ts', 'memory-server-executor.ts', 'memory-stateful-executor.ts'],
    ['memory-links.ts'],
    ['feed'],
    ['stored'],
  ],
  'packages/adapter-redis': [
    ['index.ts'],
    ['open-redis-store.ts'],
    ['create-redis-executors.ts', 'inspect', 'settings'],
    ['redis-executors-options.ts', 'redis-server-executor.ts', 'redis-stateful-executor.ts'],
    ['redis-links.ts'],
    ['redis-rosters.ts'],
    ['feed'],
    ['keys.ts', 'calls'],
    ['scripts'],
    ['stored'],
    ['client'],
  ],
  'packages/driver': [
    ['index.ts', 'internal.ts'],
    ['route', 'operate'],
    ['caller', 'pod'],
    ['pod/life'],
    ['pod/claims'],
    ['service'],
    ['store'],
    ['telemetry'],
    ['waiting'],
    ['wiring'],
    ['config'],
    ['errors.ts'],
  ],
  'packages/host': [
    ['index.ts', 'fastify.ts', 'hono.ts', 'ws.ts', 'engine-io.ts'],
    ['create-host.ts'],
    ['faces'],
    ['entities'],
    ['telemetry'],
    ['host.ts'],
  ],
  'packages/gateway': [
    ['bin.ts'],
    ['program'],
    ['index.ts', 'fastify.ts'],
    ['create-gateway.ts'],
    ['admit', 'proxy'],
    ['admission.ts', 'gateway.ts'],
  ],
  'packages/nestjs': [
    ['index.ts', 'host.ts', 'gateway.ts', 'terminus.ts'],
    ['entity', 'forward', 'health'],
    ['module'],
  ],
  'packages/agent': [['index.ts', 'bin.ts'], ['program'], ['api', 'child'], ['pod']],
  'packages/console': [
    ['index.ts', 'bin.ts'],
    ['program'],
    ['create-console.ts'],
    ['http'],
    ['actions', 'views'],
    ['hub'],
    ['read'],
    ['api'],
  ],
  'packages/routectl': [['index.ts', 'bin.ts'], ['program'], ['commands'], ['fleet'], ['output'], ['run']],
  'packages/testkit': [
    ['test-host'],
    ['conformance', 'faults', 'model', 'redis', 'test-route'],
    ['framework'],
  ],
  'packages/harness': [['index.ts', 'browser.ts'], ['broken', 'checker', 'proxies', 'servers'], ['history']],
  'apps/lab': [['command-line', 'log', 'measure', 'process', 'redis']],
};

/** Of each room of a package that has one above or beside it: the rooms that it must not import. */
export const refusedRooms = (at) =>
  rooms[at].flatMap((level, depth) =>
    level.flatMap((room) => {
      const beside = rooms[at]
        .flat()
        .filter((other) => level.some((one) => one !== room && isIn(other, one)));
      const refused = [...rooms[at].slice(0, depth).flat(), ...beside];
      return refused.length > 0 ? [{ room, refused }] : [];
    }),
  );

const isIn = (room, outer) => room === outer || room.startsWith(`${outer}/`);

/** The path of a room. Of a room that has rooms in it, only the files beside those are its own. */
const roomPath = (at, room) => {
  if (room.endsWith('.ts')) return `^${at}/src/${room}$`;
  const hasRooms = rooms[at].flat().some((other) => other.startsWith(`${room}/`));
  return `^${at}/src/${room}/${hasRooms ? '[^/]+$' : ''}`;
};

const roomRules = Object.keys(rooms).flatMap((at) => [
  ...refusedRooms(at).map(({ room, refused }) => ({
    name: `${at}: ${room}`,
    comment: `${room} imports only the rooms below it.`,
    severity: 'error',
    from: { path: roomPath(at, room) },
    to: { path: refused.map((other) => roomPath(at, other)) },
  })),
  {
    name: `${at}: every file in a room`,
    comment:
      'A file that is in no room escapes the rules of the rooms: move it into one, or name it in the table.',
    severity: 'error',
    from: {},
    to: { path: `^${at}/src/`, pathNot: rooms[at].flat().map((room) => roomPath(at, room)) },
  },
]);

/** @type {import('dependency-cruiser').IConfiguration} */
export default {
  forbidden: [
    ...roomRules,
    {
      name: 'no-circular',
      comment:
        'Files that import each other in a circle, also for types alone, can only be understood all at once.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'not-to-unresolvable',
      comment: 'No other rule sees an import that cannot be resolved. Is the workspace installed?',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
    only('core-imports-nothing', '^packages/core/src/', reach(['core']), {
      builtins: false,
      comment: 'core has no dependency at all, not even on Node.',
    }),
    only('adapter-memory-imports-core', '^packages/adapter-memory/src/', reach(['adapter-memory', 'core']), {
      comment: 'adapter-memory implements the ports of core and needs nothing else.',
    }),
    only(
      'adapter-redis-imports-core',
      '^packages/adapter-redis/src/',
      reach(['adapter-redis', 'core'], ['ioredis', '@types/ioredis']),
      { comment: 'adapter-redis implements the ports of core on ioredis and needs nothing else.' },
    ),
    {
      name: 'driver-imports-core',
      comment: 'The driver imports core alone; the application hands it an adapter.',
      severity: 'error',
      from: { path: '^packages/driver/src/' },
      to: { path: '^(packages|apps|examples|tools)/', pathNot: reach(['driver', 'core']) },
    },
    only(
      'host-imports-driver',
      '^packages/host/src/',
      reach(
        ['host', 'core', 'driver'],
        ['@opentelemetry/api', 'fastify', 'hono', 'ws', '@types/ws', 'engine.io'],
      ),
      { comment: 'The host needs core and driver; a face needs its framework too.' },
    ),
    only(
      'gateway-imports-driver',
      '^packages/gateway/src/(?!bin\\.ts$)',
      reach(
        ['gateway', 'core', 'driver'],
        [
          'valibot',
          'undici',
          'jose',
          'yaml',
          'commander',
          'hono',
          '@hono/node-server',
          'fastify',
          '@opentelemetry/[^/]+',
        ],
      ),
      { comment: 'The gateway needs core and driver. Only its program loads the Redis adapter.' },
    ),
    only(
      'nestjs-imports-driver',
      '^packages/nestjs/src/',
      reach(['nestjs', 'core', 'driver', 'host', 'gateway'], ['@nestjs/[^/]+', 'rxjs', 'reflect-metadata']),
      { comment: 'The module of NestJS needs core and driver; the host and the gateway are optional.' },
    ),
    only(
      'agent-imports-driver',
      '^packages/agent/src/(?!bin\\.ts$)',
      reach(['agent', 'core', 'driver'], ['commander', 'hono', '@hono/node-server', '@opentelemetry/[^/]+']),
      { comment: 'The agent needs core and driver. Only its program loads the Redis adapter.' },
    ),
    only(
      'routectl-imports-driver',
      '^packages/routectl/src/(?!bin\\.ts$)',
      reach(['routectl', 'core', 'driver'], ['commander', 'string-width', 'yaml']),
      { comment: 'routectl needs core and driver. Only its program loads the Redis adapter.' },
    ),
    only(
      'console-imports-driver',
      '^packages/console/src/(?!bin\\.ts$)',
      reach(['console', 'core', 'driver'], ['commander', 'hono', '@hono/node-server']),
      { comment: 'The console needs core and driver. Only its program loads the Redis adapter.' },
    ),
    only(
      'console-page-imports-core',
      '^packages/console/page/src/',
      `^packages/console/(page/src/|src/api/types\\.ts$)|${reach(['core'], ['preact', '@preact/signals', 'uplot'])}`,
      {
        builtins: false,
        comment:
          "The page runs in a browser: it needs core, the types of the console's API, and what draws it.",
      },
    ),
    only(
      'testkit-host-imports-host',
      '^packages/testkit/src/test-host/',
      reach(['testkit', 'core', 'driver', 'adapter-memory', 'host']),
      { comment: 'The host of the tests is the host on the route of the tests.' },
    ),
    {
      name: 'testkit-for-tests-and-apps',
      comment: 'testkit and harness are imported by tests and apps only.',
      severity: 'error',
      from: { path: sources, pathNot: '^packages/(testkit|harness)/' },
      to: { path: '^packages/(testkit|harness)/' },
    },
    only(
      'harness-imports-testkit',
      '^packages/harness/src/',
      reach(['harness', 'testkit', 'core'], ['ioredis', 'playwright-core']),
      {
        comment: 'The harness needs core, testkit, ioredis and a browser: apps bring their own drivers.',
      },
    ),
    only(
      'testkit-contract-imports-core',
      '^packages/testkit/src/(conformance|faults)/',
      reach(['testkit', 'core']),
      {
        comment: 'An author of an adapter needs core alone for its conformance tests.',
      },
    ),
    only(
      'testkit-model-imports-core',
      '^packages/testkit/src/model/',
      reach(['testkit', 'core'], ['fast-check']),
      {
        comment: 'The property test needs core and fast-check.',
      },
    ),
    only(
      'testkit-redis-imports-core',
      '^packages/testkit/src/redis/',
      reach(['testkit', 'core'], ['ioredis', 'testcontainers']),
      { comment: 'The Redis of the tests needs ioredis and testcontainers.' },
    ),
    only(
      'testkit-route-imports-driver',
      '^packages/testkit/src/test-route/',
      reach(['testkit', 'core', 'driver', 'adapter-memory']),
      { comment: 'The route of the tests is the driver on the memory adapter.' },
    ),
    {
      name: 'harness-for-tests-and-apps',
      comment: 'The harness is private: tests and apps import it.',
      severity: 'error',
      from: { path: '^(examples/(?!test/|documents-lab/)|tools/[^/]+/src/)' },
      to: { path: '^packages/harness/' },
    },
    {
      name: 'lab-for-apps',
      comment: 'apps/lab is imported by apps only.',
      severity: 'error',
      from: { path: '^(examples|tools)/' },
      to: { path: '^apps/lab/' },
    },
    {
      name: 'packages-below-apps',
      comment: 'A package imports no app, example or tool.',
      severity: 'error',
      from: { path: '^packages/' },
      to: { path: '^(apps|examples|tools)/' },
    },
    {
      name: 'across-packages-by-name',
      comment: 'Another package is imported by its published name, through its entry points.',
      severity: 'error',
      from: { path: '^((?:packages|apps|tools)/[^/]+|examples)/' },
      to: {
        path: '^(?:(?:packages|apps|tools)/[^/]+|examples)/',
        pathNot: '^$1/',
        dependencyTypes: ['local'],
      },
    },
    {
      name: 'only-declared-dependencies',
      comment: "A package imports what its own package.json declares; the root's tools are not for it.",
      severity: 'error',
      from: { path: '^(packages|apps|examples|tools)/' },
      to: {
        dependencyTypes: ['npm-no-pkg', 'npm-unknown'],
        // An optional peer is also reported as a dependency of an unknown kind.
        dependencyTypesNot: ['npm-peer'],
      },
    },
    {
      name: 'no-dev-dependency-in-sources',
      comment:
        'Published sources import dependencies and peers only: devDependencies are not installed for a user.',
      severity: 'error',
      from: { path: sources },
      to: { dependencyTypes: ['npm-dev'], dependencyTypesNot: ['npm', 'npm-peer', 'npm-optional'] },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    // programs/ is compiled in a user's project, which has its imports installed.
    // A bin.js starts the build, which is not there before the first one.
    exclude: {
      path: '^(packages|apps|tools)/[^/]+/(dist|\\.cache|world/programs)/|^packages/[^/]+/bin\\.js$',
    },
    tsPreCompilationDeps: true,
    combinedDependencies: false,
    tsConfig: { fileName: 'tsconfig.base.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['@stateful-route/source', 'import', 'node', 'default', 'types'],
      extensions: ['.ts', '.mts', '.js', '.mjs', '.json', '.d.ts'],
      mainFields: ['module', 'main', 'types', 'typings'],
    },
  },
};
