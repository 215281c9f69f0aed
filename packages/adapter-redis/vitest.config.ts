import { fileURLToPath } from 'node:url';
import { mergeConfig, type ViteUserConfig } from 'vitest/config';
import base from '../../vitest.base.ts';

// The client library of the run, tests and harness included: `TEST_IOREDIS=ioredis-5` is the older version that is supported.
const ioredis = process.env['TEST_IOREDIS'] ?? 'ioredis';

const config: ViteUserConfig = mergeConfig(base, {
  resolve: { alias: { ioredis: fileURLToPath(import.meta.resolve(ioredis)) } },
  // These tests wait for servers more than they compute. No test changes what others share.
  test: { globalSetup: 'test/support/fresh-lua.ts', isolate: false, maxWorkers: 3, maxConcurrency: 10 },
});

export default config;
