import { basename, join } from 'node:path';
import { defineConfig, type ViteUserConfig } from 'vitest/config';

/** A folder: each run writes its results there, as JSON. */
const results = process.env['TEST_RESULTS'];

/** What every package's tests share. The workspace's packages are read from source, without a build. */
const base: ViteUserConfig = defineConfig({
  ssr: {
    resolve: { conditions: ['@stateful-route/source', 'node', 'development|production'] },
  },
  // The driver's dependency injection reads the types of constructor parameters at run time.
  oxc: { decorator: { legacy: true, emitDecoratorMetadata: true } },
  test: {
    include: ['test/**/*.test.ts'],
    ...(results && {
      reporters: [
        'default',
        ['json', { outputFile: join(results, `${basename(process.cwd())}-${process.pid}.json`) }],
      ],
    }),
    // Only a test that hangs takes this long, also on a busy machine.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    expect: { poll: { timeout: 20_000 } },
  },
});

export default base;
