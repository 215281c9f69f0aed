import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { mustRun } from './run-command.ts';
import { publishedPackages, root, tool } from './workspace.ts';

/** Builds and packs every published package into a new folder, as it would be published. Returns the tarballs by package name. */
export async function packPackages(): Promise<Record<string, string>> {
  await mustRun(tool('pnpm'), ['-s', 'build'], { cwd: root });
  const folder = mkdtempSync(join(tmpdir(), 'tarballs-'));
  const tarballs: Record<string, string> = {};
  for (const { path, manifest } of publishedPackages()) {
    removeStaleOutput(path);
    // `npm pack` would keep "workspace:" ranges.
    await mustRun(tool('pnpm'), ['pack', '--pack-destination', folder], { cwd: path });
    const file = `${manifest.name.slice(1).replace('/', '-')}-${manifest.version}.tgz`;
    tarballs[manifest.name] = join(folder, file);
  }
  return tarballs;
}

/** Removes old output: the compiler keeps that of deleted sources, which must not be in a package. */
function removeStaleOutput(path: string): void {
  const dist = join(path, 'dist');
  for (const file of readdirSync(dist, { recursive: true, encoding: 'utf8' })) {
    // The page is bundled from other sources, and its build empties its folder.
    if (file.startsWith('page/')) continue;
    const [, module] = /^(.*?)(?:\.js|\.js\.map|\.d\.ts|\.d\.ts\.map)$/.exec(file) ?? [];
    if (module !== undefined && !existsSync(join(path, 'src', `${module}.ts`))) rmSync(join(dist, file));
  }
}
