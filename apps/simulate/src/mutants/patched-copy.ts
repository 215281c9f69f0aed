import { cp, mkdir, mkdtemp, readdir, readFile, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Mutant, Patch } from './mutant.ts';

const ROOT = fileURLToPath(new URL('../../../..', import.meta.url));

/** The packages that a simulated world uses. */
const PACKAGES = ['core', 'adapter-memory', 'driver', 'host'] as const;

/** Makes the loader compile the driver's decorators. */
const TSCONFIG = '{ "compilerOptions": { "experimentalDecorators": true, "emitDecoratorMetadata": true } }';

/** A source with a patch applied. */
export function patched(source: string, { file, find, replace }: Patch): string {
  const found = source.split(find).length - 1;
  if (found !== 1) throw new Error(`${file} has ${found} places to be changed, not one: ${find}`);
  return source.replace(find, () => replace);
}

/** Copies the packages and this app with a mutant's patches into a temporary folder, and calls `use` with the app's path. */
export async function withPatchedCopy<T>({ patches }: Mutant, use: (app: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'simulate-'));
  try {
    await writeFile(join(folder, 'tsconfig.json'), TSCONFIG);
    await copyPackages(folder);
    for (const patch of patches) {
      const path = join(folder, 'packages', patch.file);
      await writeFile(path, patched(await readFile(path, 'utf8'), patch));
    }
    return await use(join(folder, 'apps/simulate'));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function copyPackages(folder: string): Promise<void> {
  const scope = join(folder, 'node_modules/@stateful-route');
  await mkdir(scope, { recursive: true });
  await copyOne(folder, 'apps/simulate');
  for (const name of PACKAGES) {
    await copyOne(folder, `packages/${name}`);
    await symlink(join(folder, 'packages', name), join(scope, name));
  }
}

/** Copies a package's sources and links its other dependencies. */
async function copyOne(folder: string, path: string): Promise<void> {
  const [from, to] = [join(ROOT, path), join(folder, path)];
  await cp(join(from, 'src'), join(to, 'src'), { recursive: true });
  await cp(join(from, 'package.json'), join(to, 'package.json'));
  const modules = join(from, 'node_modules');
  for (const name of await dependencies(modules)) {
    const link = join(to, 'node_modules', name);
    await mkdir(dirname(link), { recursive: true });
    await symlink(await realpath(join(modules, name)), link);
  }
}

async function dependencies(modules: string): Promise<readonly string[]> {
  const names: string[] = [];
  for (const name of await readdir(modules).catch(() => [])) {
    if (name.startsWith('.') || name === '@stateful-route') continue;
    if (!name.startsWith('@')) names.push(name);
    else names.push(...(await readdir(join(modules, name))).map((each) => `${name}/${each}`));
  }
  return names;
}
