import { existsSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { unnameableTypes } from '../src/nameable-types.ts';
import { exactOptionalProperties } from '../src/optional-properties.ts';
import { publicApi, publicApiFile } from '../src/public-api.ts';
import { publishedPackages } from '../src/workspace.ts';

it.each(publishedPackages())('$folder: the public API is as in public-api.txt', (one) => {
  const file = publicApiFile(one);
  const written = existsSync(file) ? readFileSync(file, 'utf8') : '';
  expect(
    publicApi(one),
    `the public API of ${one.manifest.name} changed. If that is intended, run "pnpm api:update" and commit packages/${one.folder}/public-api.txt`,
  ).toBe(written);
});

it.each(publishedPackages())('$folder: users can name every type of a signature', (one) => {
  // Users of the driver need not install core. The other packages are used together with it.
  const exporters = ['core', 'driver'].includes(one.folder) ? [one] : publishedPackages();
  const unnamed = one.folder === 'adapter-redis' ? partsOfShapes : [];
  expect(unnameableTypes(one, exporters)).toEqual(unnamed);
});

/** A client is any object of this shape, and the safe options are inferred: users name the whole, never these parts. */
const partsOfShapes = [
  'RedisCluster: Client',
  'RedisCluster: RedisClusterOptions',
  'RedisConnection: Client',
  'RedisConnection: CommandStream',
  'RedisConnection: ConnectionStream',
  'RedisConnection: Listener',
  'RedisConnection: RedisConnectionOptions',
  'RedisConnection: SentCommand',
  'RedisExecutorsOptions: ClientOptions',
  'RedisExecutorsOptions: UrlOptions',
  'SafeClusterOptions: SafeConnectionOptions',
  'SafeRedisOptions: SafeConnectionOptions',
  'safeClusterOptions: MergedCluster',
  'safeClusterOptions: OwnClusterOptions',
  'safeRedisOptions: Merged',
  'safeRedisOptions: OwnRedisOptions',
];

it('finds types that users cannot name', () => {
  const [testkit] = publishedPackages().filter((one) => one.folder === 'testkit');
  expect(unnameableTypes(testkit!, [testkit!])).toContain('TestRoute: ManualClock');
});

it.each(publishedPackages())('$folder: every optional property may be undefined', (one) => {
  expect(exactOptionalProperties(readFileSync(publicApiFile(one), 'utf8'))).toEqual([]);
});

it('finds optional properties that may not be undefined', () => {
  const text =
    'interface A { a?: string; b?: string | undefined; c?: unknown; d: string }\ntype B = { e?: () => void };';
  expect(exactOptionalProperties(text)).toEqual(['a?: string;', 'e?: () => void']);
});
