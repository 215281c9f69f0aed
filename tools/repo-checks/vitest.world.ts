import { mergeConfig, type ViteUserConfig } from 'vitest/config';
import base from '../../vitest.base.ts';

const config: ViteUserConfig = mergeConfig(base, {
  test: {
    globalSetup: 'world/support/packed.ts',
    // these tests install packages, and start compilers and whole programs
    testTimeout: 600_000,
    hookTimeout: 600_000,
  },
});
// not beside those of `pnpm test`, but in their place
config.test!.include = ['world/**/*.test.ts'];

export default config;
