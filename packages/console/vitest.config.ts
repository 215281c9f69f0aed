import { defineConfig, type ViteUserConfig } from 'vitest/config';
import base from '../../vitest.base.ts';

/** The tests look at the page that users get. */
const config: ViteUserConfig = defineConfig({
  ...base,
  test: { ...base.test, globalSetup: ['test/support/build-page.ts'] },
});

export default config;
