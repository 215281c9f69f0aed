import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { EmptyProject } from '../src/empty-project.ts';
import { entryPoints } from '../src/public-api.ts';
import { installLines, ownOutput, readmeBlocks } from '../src/readme-blocks.ts';
import { withReadmeEnvironment } from '../src/readme-environment.ts';
import { publishedPackages, root, type WorkspacePackage } from '../src/workspace.ts';
import { transpile } from './support/transpile.ts';

/** The packages that an application picks one of. */
const picked = ['agent', 'gateway', 'host', 'nestjs', 'routectl'].map((folder) => {
  const found = publishedPackages().find((one) => one.folder === folder);
  if (!found) throw new Error(`there is no package ${folder}`);
  return found;
});

const nodes = ['20', '22', '24'];

describe.each(picked)('$folder, alone with its peers', (one) => {
  const project = new EmptyProject();
  afterAll(() => project.remove());

  beforeAll(async () => {
    const tarballs = inject('tarballs');
    const [installed = []] = installLines(readmeOf(one));
    const names = [...installed, ...Object.keys(one.manifest.peerDependencies ?? {})];
    const dependencies = names.map((name) => [name, tarballs[name] ?? versionBeside(one, name)]);
    await project.install(Object.fromEntries(dependencies), tarballs);
  });

  /** Runs a program of the project by a Node of that version. */
  const run = (version: string, file: string, env: Readonly<Record<string, string>> = {}) =>
    project.run('npx', ['-y', '-p', `node@${version}`, '-c', `node --no-warnings ${file}`], env);

  it.each(nodes)('the example of its README runs on Node %s', async (version) => {
    const { program, output } = exampleOf(one);
    project.write('example.js', transpile(program));
    const printed = await withReadmeEnvironment(program, (env) => run(version, 'example.js', env));
    expect(ownOutput(printed)).toEqual(output ?? expect.any(String));
  });

  it.each(nodes)('its entries are the same by import and by require on Node %s', async (version) => {
    const names = entryPoints(one).map(({ name }) => name);
    project.write('entries.mjs', entriesProgram(names));
    const printed = JSON.parse(await run(version, 'entries.mjs')) as Record<string, string[]>;
    expect(Object.keys(printed)).toEqual(names);
    for (const exported of Object.values(printed)) expect(exported).not.toEqual([]);
  });

  const programs = Object.keys((one.manifest as { readonly bin?: object }).bin ?? {});
  it.runIf(programs.length > 0).each(nodes)('its program says how it is used on Node %s', async (version) => {
    for (const program of programs) {
      expect(await run(version, `node_modules/.bin/${program} --help`)).toContain(program);
    }
  });
});

const readmeOf = (one: WorkspacePackage): string => readFileSync(join(one.path, 'README.md'), 'utf8');

function exampleOf(one: WorkspacePackage) {
  const [example] = readmeBlocks(readmeOf(one));
  if (!example) throw new Error(`the README of ${one.manifest.name} shows no code`);
  return example;
}

/** The version with which the package is tested in this workspace. */
function versionBeside(one: WorkspacePackage, name: string): string {
  const manifest = [one.path, join(root, 'packages/driver'), join(root, 'tools/repo-checks')]
    .map((at) => join(at, 'node_modules', name, 'package.json'))
    .find((file) => existsSync(file));
  if (manifest === undefined) throw new Error(`${name} is not installed beside ${one.manifest.name}`);
  return (JSON.parse(readFileSync(manifest, 'utf8')) as { version: string }).version;
}

/** Prints the exports of each entry. Fails where `require` finds others than `import`. */
const entriesProgram = (names: readonly string[]): string => `
import { createRequire } from 'node:module';
import assert from 'node:assert';
import 'reflect-metadata';

const require = createRequire(import.meta.url);
const exported = {};
for (const name of ${JSON.stringify(names)}) {
  const required = require(name);
  const imported = await import(name);
  for (const [key, value] of Object.entries(imported)) assert.equal(required[key], value, name + ': ' + key);
  exported[name] = Object.keys(imported);
}
console.log(JSON.stringify(exported));
`;
