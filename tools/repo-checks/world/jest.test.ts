import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { codeBlocks, shellBlocks } from '../src/readme-blocks.ts';
import { root } from '../src/workspace.ts';
import { usersProject } from './support/users-project.ts';

const readme = readFileSync(join(root, 'packages/testkit/README.md'), 'utf8');

/** The README's file of that name: a block whose first line names it. */
function fileOf(name: string): string {
  const block = codeBlocks(readme, 'js').find((text) => text.startsWith(`// ${name}\n`));
  if (block === undefined) throw new Error(`testkit's README shows no ${name}`);
  return block;
}

/** The README's command for Jest with ES modules. */
function commandOfReadme(): string {
  const command = shellBlocks(readme).find((block) => /\bjest\b/.test(block));
  if (command === undefined) throw new Error("testkit's README does not say how Jest is started");
  return command;
}

const TESTKIT = '@stateful-route/testkit/test-route';

const test = (importing: string): string => `
${importing}

test('the users of a dead pod are placed on another pod', async () => {
  const route = await createTestRoute({ pods: 3 });
  const rooms = route.gateway.service('room');
  const first = await rooms.locate('ada');
  await route.pods[first.podId].server.claim('ada');
  route.kill(first.podId);
  await route.clock.advance(301_000);
  expect((await rooms.locate('ada')).podId).not.toBe(first.podId);
  await route.stop();
});
`;

it.each([
  ['module', 'jest.config.js', `import { createTestRoute } from '${TESTKIT}';`],
  ['commonjs', 'jest.config.cjs', `const { createTestRoute } = require('${TESTKIT}');`],
] as const)(
  'jest runs the tests of a project of type %s, set up as the README says',
  async (type, config, importing) => {
    const project = await usersProject(
      ['adapter-memory', 'driver', 'testkit'],
      ['jest', '@babel/plugin-transform-modules-commonjs', 'reflect-metadata', 'tsyringe'],
      { type },
    );
    project.write(config, fileOf(config));
    project.write('route.test.js', test(importing));
    const command = type === 'module' ? commandOfReadme() : 'npx jest';
    await expect(project.run('sh', ['-c', `${command} 2>&1`])).resolves.toMatch(/Tests: +1 passed, 1 total/);
  },
);
