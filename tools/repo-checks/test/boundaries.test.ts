import {
  appendFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { violationsIn, type Violation } from '../src/boundaries.ts';
import { allPackages, root } from '../src/workspace.ts';

/** One violation of each rule: the planted file and its text. */
const planted: readonly [rule: string, file: string, text: string][] = [
  ['no-circular', 'packages/driver/src/planted-circle.ts', "export * from './planted-round.ts';"],
  ['not-to-unresolvable', 'packages/driver/src/planted-nowhere.ts', "import './nowhere.ts';"],
  ['core-imports-nothing', 'packages/core/src/planted.ts', "import 'node:fs';"],
  ['adapter-memory-imports-core', 'packages/adapter-memory/src/planted.ts', "import 'vitest';"],
  ['adapter-redis-imports-core', 'packages/adapter-redis/src/planted.ts', "import 'vitest';"],
  ['driver-imports-core', 'packages/driver/src/planted.ts', "import '@stateful-route/adapter-memory';"],
  ['host-imports-driver', 'packages/host/src/planted.ts', "import 'vitest';"],
  ['gateway-imports-driver', 'packages/gateway/src/planted.ts', "import '@stateful-route/adapter-redis';"],
  ['nestjs-imports-driver', 'packages/nestjs/src/planted.ts', "import 'vitest';"],
  ['agent-imports-driver', 'packages/agent/src/planted.ts', "import '@stateful-route/adapter-redis';"],
  ['routectl-imports-driver', 'packages/routectl/src/planted.ts', "import '@stateful-route/adapter-redis';"],
  ['console-imports-driver', 'packages/console/src/planted.ts', "import '@stateful-route/adapter-redis';"],
  ['console-page-imports-core', 'packages/console/page/src/planted.ts', "import '../../src/index.ts';"],
  ['testkit-host-imports-host', 'packages/testkit/src/test-host/planted.ts', "import 'ioredis';"],
  [
    'testkit-for-tests-and-apps',
    'packages/adapter-redis/src/planted-kit.ts',
    "import '@stateful-route/testkit/faults';",
  ],
  ['harness-imports-testkit', 'packages/harness/src/planted.ts', "import '@stateful-route/driver';"],
  ['testkit-contract-imports-core', 'packages/testkit/src/faults/planted.ts', "import 'ioredis';"],
  ['testkit-model-imports-core', 'packages/testkit/src/model/planted.ts', "import '@stateful-route/driver';"],
  ['testkit-redis-imports-core', 'packages/testkit/src/redis/planted.ts', "import 'fast-check';"],
  ['testkit-route-imports-driver', 'packages/testkit/src/test-route/planted.ts', "import 'ioredis';"],
  [
    'harness-for-tests-and-apps',
    'tools/planted/src/kit.ts',
    "import '../../../packages/harness/src/index.ts';",
  ],
  ['lab-for-apps', 'examples/planted.ts', "import '../apps/lab/src/log/planted.ts';"],
  [
    'packages-below-apps',
    'packages/driver/src/planted-app.ts',
    "import '../../../apps/planted/src/main.ts';",
  ],
  ['across-packages-by-name', 'packages/driver/src/planted-path.ts', "import '../../core/src/index.ts';"],
  ['only-declared-dependencies', 'packages/driver/src/planted-undeclared.ts', "import 'oxlint';"],
  ['no-dev-dependency-in-sources', 'packages/driver/src/planted-dev.ts', "import 'vitest';"],
];

const {
  default: config,
  rooms,
  refusedRooms,
} = (await import(join(root, '.dependency-cruiser.mjs'))) as {
  default: { forbidden: readonly { name: string }[] };
  rooms: Readonly<Record<string, readonly (readonly string[])[]>>;
  refusedRooms: (at: string) => readonly { readonly room: string; readonly refused: readonly string[] }[];
};

/** For each room an import of every room above and beside it; for each package an import of a file in no room. */
const upwards: readonly Violation[] = Object.keys(rooms).flatMap((at) => {
  const fileIn = (room: string, name: string): string =>
    `${at}/src/${room.endsWith('.ts') ? room : `${room}/${name}`}`;
  return [
    {
      rule: `${at}: every file in a room`,
      from: `${at}/src/no-room/planted.ts`,
      to: `${at}/src/no-room/target.ts`,
    },
    ...refusedRooms(at).flatMap(({ room, refused }) =>
      refused.map((other) => ({
        rule: `${at}: ${room}`,
        from: fileIn(room, 'planted.ts'),
        to: fileIn(other, 'target.ts'),
      })),
    ),
  ];
});

const nothing = 'export {};\n';
let copy: string;
let found: Violation[];

beforeAll(async () => {
  copy = folder();
  symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'));
  for (const { folder, path } of allPackages()) {
    for (const part of ['package.json', 'src', 'node_modules']) {
      const [from, to] = [join(path, part), join(copy, 'packages', folder, part)];
      // Links between packages stay relative, so that they lead into the copy.
      if (existsSync(from)) cpSync(from, to, { recursive: true, verbatimSymlinks: true, filter: isOurs });
    }
  }
  plant(copy, 'packages/driver/src/planted-round.ts', "export * from './planted-circle.ts';");
  for (const file of ['apps/planted/src/main.ts', 'apps/lab/src/log/planted.ts']) plant(copy, file, nothing);
  for (const [, file, text] of planted) plant(copy, file, text);
  found = await violationsIn(copy, ['packages', 'apps', 'examples', 'tools']);
});

afterAll(() => {
  rmSync(copy, { recursive: true, force: true });
});

/** A new folder with what the tool needs to read sources there. */
function folder(): string {
  const made = realpathSync(mkdtempSync(join(tmpdir(), 'boundaries-')));
  cpSync(join(root, 'tsconfig.base.json'), join(made, 'tsconfig.base.json'));
  return made;
}

const isOurs = (path: string): boolean => !/node_modules\/\.(?!bin)/.test(path);

function plant(at: string, file: string, text: string): void {
  mkdirSync(dirname(join(at, file)), { recursive: true });
  writeFileSync(join(at, file), text);
}

it.each(planted)('%s fires on a violation', (rule, file) => {
  expect(found.filter((one) => one.from === file).map((one) => one.rule)).toContain(rule);
});

it('fires on nothing else', () => {
  const files = new Set([...planted.map(([, file]) => file), 'packages/driver/src/planted-round.ts']);
  expect(found.filter((one) => !files.has(one.from))).toEqual([]);
});

it('has a violation planted for every rule', () => {
  const rules = new Set([...planted.map(([rule]) => rule), ...upwards.map(({ rule }) => rule)]);
  expect([...rules].toSorted()).toEqual(config.forbidden.map((rule) => rule.name).toSorted());
});

describe('the rooms', () => {
  let empty: string;
  beforeAll(() => {
    empty = folder();
  });
  afterAll(() => {
    rmSync(empty, { recursive: true, force: true });
  });

  it('may be imported from above only, and every file is in one', async () => {
    for (const { from, to } of upwards) {
      plant(empty, from, '');
      plant(empty, to, '');
    }
    for (const { from, to } of upwards) {
      const path = relative(dirname(from), to);
      appendFileSync(join(empty, from), `import '${path.startsWith('.') ? path : `./${path}`}';\n`);
    }
    const found = await violationsIn(empty, Object.keys(rooms));
    const names = new Set(upwards.map(({ rule }) => rule));
    const inRooms = found.filter(({ rule }) => names.has(rule));
    expect(new Set(inRooms.map((one) => JSON.stringify(one)))).toEqual(
      new Set(upwards.map((one) => JSON.stringify(one))),
    );
  });
});
