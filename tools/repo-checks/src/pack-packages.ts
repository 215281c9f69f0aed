import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { mustRun } from './run-command.ts';
import { publishedPackages, root, tool } from './workspace.ts';

/**
 * Builds what is not built, and packs every published package as it would be published, into a new folder.
 * Returns the tarballs by package name.
 */
export async function packPackages(): Promise<Record<string, string>> {
  await mustRun(tool('tsc'), ['-b', 'tsconfig.build.json'], { cwd: root });
  const folder = mkdtempSync(join(tmpdir(), 'tarballs-'));
  const tarballs: Record<string, string> = {};
  for (const { path, manifest } of publishedPackages()) {
    removeStaleOutput(path);
    // npm's own pack would leave "workspace:" ranges as they are
    await mustRun(tool('pnpm'), ['pack', '--pack-destination', folder], { cwd: path });
    const file = `${manifest.name.slice(1).replace('/', '-')}-${manifest.version}.tgz`;
    tarballs[manifest.name] = join(folder, file);
  }
  return tarballs;
}

/** The compiler leaves behind what it made of a source that is gone; nobody should find that in a package. */
function removeStaleOutput(path: string): void {
  const dist = join(path, 'dist');
  for (const file of readdirSync(dist, { recursive: true, encoding: 'utf8' })) {
    const [, module] = /^(.*?)(?:\.js|\.js\.map|\.d\.ts|\.d\.ts\.map)$/.exec(file) ?? [];
    if (module !== undefined && !existsSync(join(path, 'src', `${module}.ts`))) rmSync(join(dist, file));
  }
}
