import { mergeConfig, type ViteUserConfig } from 'vitest/config';
import base from '../../vitest.base.ts';

const config: ViteUserConfig = mergeConfig(base, {
  // These tests wait for servers more than they compute.
  test: { globalSetup: 'test/support/fresh-lua.ts', maxWorkers: 3, maxConcurrency: 10 },
});

export default config;
