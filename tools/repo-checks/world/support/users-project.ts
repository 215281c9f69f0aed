import { inject, onTestFinished } from 'vitest';
import { EmptyProject, type ModuleType } from '../../src/empty-project.ts';
import { scope } from '../../src/workspace.ts';

/**
 * The packages that users bring, each at a fixed version, so that no test fails because of a new release. They are installed in the
 * tests' own projects, to keep the installation of this workspace short.
 */
const versions = {
  '@babel/plugin-transform-modules-commonjs': '7.29.14',
  '@nestjs/common': '12.5.1',
  '@nestjs/core': '12.5.1',
  '@nestjs/terminus': '12.1.0',
  '@types/node': '20.19.43',
  '@types/ws': '8.18.2',
  bun: '1.3.14',
  esbuild: '0.28.2',
  express: '5.3.0',
  'engine.io': '6.6.12',
  'fast-check': '4.10.2',
  fastify: '5.12.8',
  hono: '4.13.19',
  ioredis: '6.0.0',
  'ioredis-5.4': 'npm:ioredis@5.4.1',
  'ioredis-5': 'npm:ioredis@5.11.1',
  iovalkey: '0.4.0',
  jest: '30.5.2',
  'reflect-metadata': '0.2.2',
  rxjs: '7.8.2',
  testcontainers: '11.14.0',
  tsyringe: '4.10.0',
  'typescript-5.4': 'npm:typescript@5.4.5',
  'typescript-5.9': 'npm:typescript@5.9.3',
  'typescript-6': 'npm:typescript@6.0.3',
  'typescript-7': 'npm:typescript@7.0.2',
  ws: '8.23.0',
} as const;

/** A foreign package that {@link usersProject} can install. */
type Brought = keyof typeof versions;

/** The fixed version of a foreign package. */
export function versionBrought(name: string): string {
  if (!Object.hasOwn(versions, name)) throw new Error(`users-project.ts has no version of ${name}`);
  return versions[name as Brought];
}

/** The packages of this workspace, by the name after the scope. */
type Ours =
  | 'adapter-memory'
  | 'adapter-redis'
  | 'agent'
  | 'console'
  | 'core'
  | 'driver'
  | 'gateway'
  | 'host'
  | 'nestjs'
  | 'routectl'
  | 'testkit';

interface ProjectOptions {
  /** Default: `module`. */
  readonly type?: ModuleType;
  /** Further packages, or other versions. */
  readonly dependencies?: Readonly<Record<string, string>>;
}

/** An empty project with our packages as they would be published, and the user's. Removed after the test. */
export async function usersProject(
  ours: readonly Ours[],
  brought: readonly Brought[],
  { type, dependencies }: ProjectOptions = {},
): Promise<EmptyProject> {
  const project = new EmptyProject();
  onTestFinished(() => project.remove());
  const tarballs = inject('tarballs');
  await project.install(
    {
      ...Object.fromEntries(ours.map((name) => [scope + name, tarballs[scope + name]!])),
      ...Object.fromEntries(brought.map((name) => [name, versions[name]])),
      ...dependencies,
    },
    tarballs,
    type,
  );
  return project;
}
