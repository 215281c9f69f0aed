import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '@stateful-route/testkit/redis';
import { expect, inject, it, onTestFinished } from 'vitest';
import { Shell, shellSteps } from '../src/shell-walk.ts';
import { root } from '../src/workspace.ts';
import { versionBrought } from './support/users-project.ts';

const INSTALL = /^npm install ((?:.+\\\n)*.+)$/m;

it('the tutorial prints what it says, step by step', async () => {
  const steps = shellSteps(await withFreePorts(readFileSync(join(root, 'docs/tutorial.md'), 'utf8')));
  const folder = mkdtempSync(join(tmpdir(), 'tutorial-'));
  const shell = new Shell(folder, { npm_config_update_notifier: 'false' });
  onTestFinished(async () => {
    await shell.end();
    rmSync(folder, { recursive: true, force: true });
  });

  for (const step of steps) {
    const at = `line ${step.line} of the tutorial`;
    const here = await shell.type('pwd');
    if (step.kind === 'file') {
      writeFileSync(join(here, step.name), step.text);
      continue;
    }
    const [before = '', names, after = ''] = step.text.split(INSTALL);
    let printed = await shell.type(before);
    if (names !== undefined) {
      await install(shell, names.split(/[\s\\]+/));
      printed += await shell.type(after);
    }
    if (step.output !== undefined) expect(`${at}:\n${printed}`).toBe(`${at}:\n${step.output}`);
  }
  expect(steps.filter((step) => step.kind === 'commands' && step.output !== undefined)).toHaveLength(9);
});

/** The page's ports may be in use on this machine. */
async function withFreePorts(page: string): Promise<string> {
  let walked = page;
  for (const port of ['6390', '8000', '8080', '8081', '9464']) {
    expect(page).toContain(port);
    walked = walked.replaceAll(port, String(await freePort()));
  }
  return walked;
}

/** What `npm install` of these names does once the packages are published. */
async function install(shell: Shell, names: readonly string[]): Promise<void> {
  const tarballs = inject('tarballs');
  const manifest = join(await shell.type('pwd'), 'package.json');
  const before = JSON.parse(readFileSync(manifest, 'utf8')) as object;
  const dependencies = Object.fromEntries(
    names.map((name) => [name, tarballs[name] ?? versionBrought(name)]),
  );
  writeFileSync(manifest, JSON.stringify({ ...before, dependencies, overrides: tarballs }));
  await shell.type('npm install --no-audit --no-fund --prefer-offline', 300_000);
}
