import { mergeConfig, type ViteUserConfig } from 'vitest/config';
import base from '../../vitest.base.ts';

const config: ViteUserConfig = mergeConfig(base, {
  // they wait for servers and leases more than they compute
  test: { maxWorkers: 2 },
});

export default config;
