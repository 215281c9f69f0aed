import {
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
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { violationsIn, type Violation } from '../src/boundaries.ts';
import { allPackages, root } from '../src/workspace.ts';

/** One violation of each rule: the file that is planted, and what it says. */
const planted: readonly [rule: string, file: string, text: string][] = [
  ['no-circular', 'packages/driver/src/planted-circle.ts', "export * from './planted-round.ts';"],
  ['not-to-unresolvable', 'packages/driver/src/planted-nowhere.ts', "import './nowhere.ts';"],
  ['core-imports-nothing', 'packages/core/src/planted.ts', "import 'node:fs';"],
  ['adapter-memory-imports-core', 'packages/adapter-memory/src/planted.ts', "import 'vitest';"],
  ['adapter-redis-imports-core', 'packages/adapter-redis/src/planted.ts', "import 'vitest';"],
  ['driver-imports-core', 'packages/driver/src/planted.ts', "import '@stateful-route/adapter-memory';"],
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
    'packages-below-apps',
    'packages/driver/src/planted-app.ts',
    "import '../../../apps/planted/src/main.ts';",
  ],
  ['across-packages-by-name', 'packages/driver/src/planted-path.ts', "import '../../core/src/index.ts';"],
  ['only-declared-dependencies', 'packages/driver/src/planted-undeclared.ts', "import 'oxlint';"],
  ['no-dev-dependency-in-sources', 'packages/driver/src/planted-dev.ts', "import 'vitest';"],
];

const nothing = 'export {};\n';
let copy: string;
let found: Violation[];

beforeAll(async () => {
  copy = realpathSync(mkdtempSync(join(tmpdir(), 'boundaries-')));
  symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'));
  cpSync(join(root, 'tsconfig.base.json'), join(copy, 'tsconfig.base.json'));
  for (const { folder, path } of allPackages()) {
    for (const part of ['package.json', 'src', 'node_modules']) {
      const [from, to] = [join(path, part), join(copy, 'packages', folder, part)];
      // the links between packages stay relative, so that they lead into the copy
      if (existsSync(from)) cpSync(from, to, { recursive: true, verbatimSymlinks: true, filter: isOurs });
    }
  }
  plant('packages/driver/src/planted-round.ts', "export * from './planted-circle.ts';");
  plant('apps/planted/src/main.ts', nothing);
  for (const [, file, text] of planted) plant(file, text);
  found = await violationsIn(copy, ['packages']);
});

afterAll(() => {
  rmSync(copy, { recursive: true, force: true });
});

const isOurs = (path: string): boolean => !/node_modules\/\.(?!bin)/.test(path);

function plant(file: string, text: string): void {
  mkdirSync(dirname(join(copy, file)), { recursive: true });
  writeFileSync(join(copy, file), text);
}

it.each(planted)('%s fires on a violation', (rule, file) => {
  expect(found.filter((one) => one.from === file).map((one) => one.rule)).toContain(rule);
});

it('fires on nothing else', () => {
  const files = new Set([...planted.map(([, file]) => file), 'packages/driver/src/planted-round.ts']);
  expect(found.filter((one) => !files.has(one.from))).toEqual([]);
});

it('has a violation planted for every rule', async () => {
  const { default: config } = (await import(join(root, '.dependency-cruiser.mjs'))) as {
    default: { forbidden: readonly { name: string }[] };
  };
  expect(planted.map(([rule]) => rule).toSorted()).toEqual(
    config.forbidden.map((rule) => rule.name).toSorted(),
  );
});
