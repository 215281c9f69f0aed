import { mergeConfig, type ViteUserConfig } from 'vitest/config';
import base from '../../vitest.base.ts';

const config: ViteUserConfig = mergeConfig(base, {
  // these tests start compilers, package managers and whole programs
  test: { testTimeout: 300_000, hookTimeout: 300_000 },
});

export default config;
