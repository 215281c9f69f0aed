import { defineConfig, type UserConfig } from 'vite';

/** Builds the page into the package's `dist/page`. Every address in it is relative, so that it works wherever it is mounted. */
const config: UserConfig = defineConfig({
  root: import.meta.dirname,
  base: './',
  resolve: { conditions: ['@stateful-route/source', 'module', 'browser', 'development|production'] },
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  build: {
    outDir: '../dist/page',
    emptyOutDir: true,
    target: 'es2022',
    // the policy of the server allows no inline script, and no inlined asset but of this origin
    assetsInlineLimit: 0,
    modulePreload: false,
    reportCompressedSize: false,
  },
});

export default config;
