import { mergeConfig, type ViteUserConfig } from 'vitest/config';
import base from '../../vitest.base.ts';

const config: ViteUserConfig = mergeConfig(base, { test: { execArgv: ['--expose-gc'] } });

export default config;
