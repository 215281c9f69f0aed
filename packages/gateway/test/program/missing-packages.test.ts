import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, it } from 'vitest';
import { installMessage, missingPackages } from '../../src/program/missing-packages.ts';
import { GatewayProcess } from './programs.ts';

const HERE = fileURLToPath(new URL('../../', import.meta.url));
const LOADER = fileURLToPath(import.meta.resolve('@oxc-node/core/register'));
const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

/** Runs the program in a folder that has only some of its packages. */
async function runWith(packages: readonly string[]): Promise<{ status: number | null; err: string }> {
  const folder = mkdtempSync(join(tmpdir(), 'gateway-missing-'));
  folders.push(folder);
  cpSync(join(HERE, 'src'), join(folder, 'src'), { recursive: true });
  cpSync(join(HERE, 'package.json'), join(folder, 'package.json'));
  for (const name of packages) {
    mkdirSync(join(folder, 'node_modules', name, '..'), { recursive: true });
    symlinkSync(join(HERE, 'node_modules', name), join(folder, 'node_modules', name));
  }
  const flags = ['--conditions=@stateful-route/source', '--import', LOADER];
  const program = GatewayProcess.run([...flags, join(folder, 'src/bin.ts'), '--help']);
  return program.ended();
}

const required = ['@stateful-route/core', '@stateful-route/driver', 'reflect-metadata', 'tsyringe'];

it('the program ends with 3 and says which packages are missing, and how to install them', async () => {
  expect(await runWith(required)).toMatchObject({
    status: 3,
    err:
      'error: ioredis and @stateful-route/adapter-redis are not installed. ' +
      'Run: npm install ioredis @stateful-route/adapter-redis\n',
  });
  expect(await runWith([...required, 'ioredis'])).toMatchObject({
    status: 3,
    err: 'error: @stateful-route/adapter-redis is not installed. Run: npm install @stateful-route/adapter-redis\n',
  });
});

it('a package that is there but fails is no missing one', async () => {
  const broken = new Error('a fault of its own');
  await expect(missingPackages([() => Promise.reject(broken)])).rejects.toBe(broken);
  const without = Object.assign(new Error("Cannot find package 'x' imported from y"), {
    code: 'ERR_MODULE_NOT_FOUND',
  });
  expect(await missingPackages([() => Promise.reject(without), () => Promise.resolve()])).toEqual(['x']);
  expect(installMessage(['x'])).toBe('error: x is not installed. Run: npm install x\n');
});
