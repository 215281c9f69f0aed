import { mergeConfig, type ViteUserConfig } from 'vitest/config';
import base from '../../vitest.base.ts';

const config: ViteUserConfig = mergeConfig(base, {
  // Importing the driver again for each of a hundred files took half of the time. No test changes what others share.
  test: { isolate: false },
});

export default config;
