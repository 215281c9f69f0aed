import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { mustRun } from '../src/run-command.ts';
import { publishedPackages, root, tool } from '../src/workspace.ts';

const packages = publishedPackages();

it.each(['patch', 'minor', 'major'])(
  'a %s change of one package gives all the same next version',
  async (size) => {
    const copy = workspaceAt('1.0.0');
    const change = `---\n'@stateful-route/driver': ${size}\n---\n\nA change.\n`;
    writeFileSync(join(copy, '.changeset/change.md'), change);
    await mustRun(tool('changeset'), ['version'], { cwd: copy });

    const next = { patch: '1.0.1', minor: '1.1.0', major: '2.0.0' }[size];
    expect(packages.map(({ folder }) => manifestIn(copy, folder).version)).toEqual(packages.map(() => next));
  },
);

/** A copy of the workspace's manifests and of the settings of changesets, with each package at this version. */
function workspaceAt(version: string): string {
  const copy = mkdtempSync(join(tmpdir(), 'changesets-'));
  onTestFinished(() => rmSync(copy, { recursive: true, force: true }));
  mkdirSync(join(copy, '.changeset'));
  for (const file of ['package.json', 'pnpm-workspace.yaml', 'pnpm-lock.yaml', '.changeset/config.json']) {
    cpSync(join(root, file), join(copy, file));
  }
  for (const { folder, manifest } of packages) {
    mkdirSync(join(copy, 'packages', folder), { recursive: true });
    const written = JSON.stringify({ ...manifest, version });
    writeFileSync(join(copy, 'packages', folder, 'package.json'), written);
  }
  return copy;
}

const manifestIn = (folder: string, name: string): { version: string } =>
  JSON.parse(readFileSync(join(folder, 'packages', name, 'package.json'), 'utf8')) as { version: string };
