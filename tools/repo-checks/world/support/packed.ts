import { rmSync } from 'node:fs';
import { dirname } from 'node:path';
import type { TestProject } from 'vitest/node';
import { packPackages } from '../../src/pack-packages.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** The tarballs of the published packages, by name. */
    readonly tarballs: Readonly<Record<string, string>>;
  }
}

/** Packs the packages once for all tests. */
export default async function setup(project: TestProject): Promise<() => void> {
  const tarballs = await packPackages();
  project.provide('tarballs', tarballs);
  return () => {
    for (const tarball of Object.values(tarballs)) rmSync(dirname(tarball), { recursive: true, force: true });
  };
}
