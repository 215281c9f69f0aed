import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { entryPoints } from '../src/public-api.ts';
import { publishedPackages } from '../src/workspace.ts';
import { usersProject } from './support/users-project.ts';

const compilers = ['typescript-5.4', 'typescript-5.9', 'typescript-6', 'typescript-7'] as const;
const programs = join(import.meta.dirname, 'programs');

/** The strictest options of a user's project. Without `skipLibCheck`, so that our declarations are checked too. */
const strictest = {
  noEmit: true,
  strict: true,
  exactOptionalPropertyTypes: true,
  noUncheckedIndexedAccess: true,
  noImplicitOverride: true,
  noPropertyAccessFromIndexSignature: true,
  skipLibCheck: false,
  target: 'es2022',
  lib: ['es2023', 'esnext.disposable'],
  types: ['node'],
};

/** The module resolutions, and the compilers that are tested with each. */
const resolutions = [
  { options: { module: 'nodenext', moduleResolution: 'nodenext' }, by: compilers },
  { options: { module: 'preserve', moduleResolution: 'bundler' }, by: [compilers[0], compilers[3]] },
];

it('every program of programs/ compiles with every TypeScript, and so do all entry points', async () => {
  const project = await usersProject(
    [
      'adapter-memory',
      'adapter-redis',
      'agent',
      'console',
      'core',
      'driver',
      'gateway',
      'host',
      'nestjs',
      'routectl',
      'testkit',
    ],
    [
      ...compilers,
      '@nestjs/common',
      '@nestjs/core',
      '@nestjs/terminus',
      '@types/node',
      '@types/ws',
      'engine.io',
      'fast-check',
      'fastify',
      'hono',
      'ioredis',
      'ioredis-5',
      'ioredis-5.4',
      'iovalkey',
      'reflect-metadata',
      'rxjs',
      'testcontainers',
      'tsyringe',
      'ws',
    ],
  );
  for (const file of readdirSync(programs)) project.write(file, readFileSync(join(programs, file), 'utf8'));
  project.write(
    'entry-points.ts',
    publishedPackages()
      .flatMap(entryPoints)
      .map(({ name }, nth) => `export * as entry${nth} from '${name}';\n`)
      .join(''),
  );
  const said: string[] = [];
  for (const { options, by } of resolutions) {
    project.write('tsconfig.json', JSON.stringify({ compilerOptions: { ...strictest, ...options } }));
    for (const compiler of by) {
      const tsc = `node_modules/${compiler}/bin/tsc`;
      const failed = await project.run('node', [tsc]).then(() => undefined, String);
      if (failed) said.push(...oursOf(failed).map((fault) => `${compiler}, ${options.module}: ${fault}`));
    }
  }
  expect(said.join('\n')).toBe('');
});

/** The faults in our declarations and in the programs. Some frameworks' declarations need a later compiler than ours do. */
const oursOf = (output: string): string[] => {
  const faults = output.split('\n').filter((line) => /error TS\d+/.test(line));
  if (faults.length === 0) return [output];
  return faults.filter((line) => !/^node_modules\/(?!@stateful-route\/)/.test(line));
};
