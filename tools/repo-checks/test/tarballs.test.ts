import { readFileSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import ts from 'typescript';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { EmptyProject } from '../src/empty-project.ts';
import { packPackages } from '../src/pack-packages.ts';
import { installLines, ownOutput, readmeBlocks } from '../src/readme-blocks.ts';
import { withReadmeEnvironment } from '../src/readme-environment.ts';
import { importsVitest } from '../src/readme-programs.ts';
import { publishedPackages, scope, tool } from '../src/workspace.ts';

const packages = publishedPackages();
let tarballs: Map<string, string>;

beforeAll(async () => {
  tarballs = await packPackages();
});

afterAll(() => {
  for (const tarball of tarballs?.values() ?? []) rmSync(dirname(tarball), { recursive: true, force: true });
});

function project(): EmptyProject {
  const made = new EmptyProject();
  onTestFinished(() => made.remove());
  return made;
}

/** The package and those of the workspace that it cannot do without: their tarballs stand in for the registry. */
function withDependencies(names: readonly string[]): string[] {
  const reached = new Set(names);
  for (const name of reached) {
    const manifest = packages.find((one) => one.manifest.name === name)?.manifest;
    const dependencies = Object.keys(manifest?.dependencies ?? {});
    for (const one of dependencies.filter((dependency) => tarballs.has(dependency))) reached.add(one);
  }
  return [...reached].map((name) => tarballs.get(name) ?? name);
}

it.each([
  ['core', []],
  ['adapter-memory', ['@stateful-route/core']],
])('%s brings nothing but %j', async (folder, brought) => {
  const name = `${scope}${folder}`;
  const empty = project();
  await empty.install(withDependencies([name]));
  expect(empty.installed()).toEqual([name, ...brought].toSorted());
  await empty.run('node', ['--input-type=module', '-e', `await import('${name}')`]);
});

describe('the example of a README runs where only its packages are installed', () => {
  it.each(packages)('$manifest.name', async (one) => {
    const readme = readFileSync(join(one.path, 'README.md'), 'utf8');
    const example = firstOf(readmeBlocks(readme), `the README of ${one.manifest.name} shows no code`);
    const names = firstOf(
      installLines(readme),
      `the README of ${one.manifest.name} has no "npm install" in an sh block`,
    );
    const empty = project();
    await empty.install([...withDependencies(names), '@types/node'].map(withVersion));

    empty.write('example.ts', `${example.program}\nexport {};\n`);
    await empty.run(tool('tsc'), [...typeChecks, 'example.ts']);
    const isTest = importsVitest(example.program);
    const file = isTest ? 'example.test.js' : 'example.js';
    empty.write(file, transpile(example.program));
    const printed = await withReadmeEnvironment(example.program, (env) =>
      isTest ? empty.run('npx', ['vitest', 'run'], env) : empty.run('node', [file], env),
    );
    expect(ownOutput(printed)).toEqual(example.output ?? expect.any(String));
  });
});

const typeChecks =
  '--noEmit --strict --module nodenext --target es2023 --types node --experimentalDecorators'.split(' ');

function firstOf<T>(values: readonly T[], otherwise: string): T {
  const [first] = values;
  if (first === undefined) throw new Error(otherwise);
  return first;
}

/** A package of the registry at the version that this workspace is tested with: this package must depend on it. */
function withVersion(spec: string): string {
  if (spec.endsWith('.tgz') || spec.includes('@', 1)) return spec;
  const manifest = join(import.meta.dirname, '../node_modules', spec, 'package.json');
  const { version } = JSON.parse(readFileSync(manifest, 'utf8')) as { version: string };
  return `${spec}@${version}`;
}

const transpile = (program: string): string =>
  ts.transpileModule(program, {
    compilerOptions: {
      module: ts.ModuleKind.ESNext,
      target: ts.ScriptTarget.ES2023,
      experimentalDecorators: true,
      emitDecoratorMetadata: true,
    },
  }).outputText;
