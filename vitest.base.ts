import { basename, join } from 'node:path';
import { defineConfig, type ViteUserConfig } from 'vitest/config';

/** A folder: each run writes its results there, as JSON. */
const results = process.env['TEST_RESULTS'];

/** What every package's tests share. Sources of the workspace are read as they stand, with no build before. */
const base: ViteUserConfig = defineConfig({
  ssr: {
    resolve: { conditions: ['@stateful-route/source', 'module', 'node', 'development|production'] },
  },
  // the driver's dependency injection reads the types of constructor parameters at run time
  oxc: { decorator: { legacy: true, emitDecoratorMetadata: true } },
  test: {
    include: ['test/**/*.test.ts'],
    ...(results && {
      reporters: [
        'default',
        ['json', { outputFile: join(results, `${basename(process.cwd())}-${process.pid}.json`) }],
      ],
    }),
    // What a test waits for comes at once on a machine of its own; these only end what hangs, on one that is shared too.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    expect: { poll: { timeout: 20_000 } },
  },
});

export default base;
