import { defineConfig, type ViteUserConfig } from 'vitest/config';
import base from '../../vitest.base.ts';

/** The tests start the command often: built, it starts in a third of the time. */
const config: ViteUserConfig = defineConfig({
  ...base,
  test: { ...base.test, globalSetup: ['test/support/build.ts'] },
});

export default config;
