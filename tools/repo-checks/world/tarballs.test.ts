import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, inject, it, onTestFinished } from 'vitest';
import { EmptyProject } from '../src/empty-project.ts';
import { installLines, ownOutput, readmeBlocks } from '../src/readme-blocks.ts';
import { withReadmeEnvironment } from '../src/readme-environment.ts';
import { importsVitest } from '../src/readme-programs.ts';
import { publishedPackages, scope, tool } from '../src/workspace.ts';
import { transpile } from './support/transpile.ts';

const packages = publishedPackages();
const tarballs = inject('tarballs');

function project(): EmptyProject {
  const made = new EmptyProject();
  onTestFinished(() => made.remove());
  return made;
}

it.each([
  ['core', []],
  ['adapter-memory', ['@stateful-route/core']],
])('%s brings nothing but %j', async (folder, brought) => {
  const name = `${scope}${folder}`;
  const empty = project();
  await install(empty, [name]);
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
    await install(empty, [...names, '@types/node']);

    empty.write('example.ts', `${example.program}\nexport {};\n`);
    await empty.run(tool('tsc'), [...typeChecks, 'example.ts']);
    const isTest = importsVitest(example.program);
    const file = isTest ? 'example.test.js' : 'example.js';
    empty.write(file, transpile(example.program));
    const printed = await withReadmeEnvironment(example.program, (env) =>
      isTest ? empty.run('node_modules/.bin/vitest', ['run'], env) : empty.run('node', [file], env),
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

/** Installs this workspace's packages from their tarballs, others at the version that this workspace is tested with. */
function install(project: EmptyProject, names: readonly string[]): Promise<void> {
  const dependencies = names.map((name) => [name, tarballs[name] ?? versionOf(name)]);
  return project.install(Object.fromEntries(dependencies), tarballs);
}

/** The version of a dependency of this package. */
function versionOf(name: string): string {
  const manifest = join(import.meta.dirname, '../node_modules', name, 'package.json');
  const { version } = JSON.parse(readFileSync(manifest, 'utf8')) as { version: string };
  return version;
}
