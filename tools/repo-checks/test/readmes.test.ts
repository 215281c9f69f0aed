import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ownOutput } from '../src/readme-blocks.ts';
import { withReadmeEnvironment } from '../src/readme-environment.ts';
import { readmeFolder, readmeTsconfig, writeReadmePrograms } from '../src/readme-programs.ts';
import { mustRun } from '../src/run-command.ts';
import { allPackages, fromSource, root, tool } from '../src/workspace.ts';

const readmes = ['README.md', ...allPackages().map(({ folder }) => `packages/${folder}/README.md`)];
const present = readmes.filter((file) => existsSync(join(root, file)));
const programs = writeReadmePrograms(present);

it('every package has a README', () => {
  expect(present).toEqual(readmes);
});

it.each(present)('%s shows code', (readme) => {
  expect(programs.filter((program) => program.readme === readme)).not.toEqual([]);
});

it('the code has no type errors', async () => {
  await expect(mustRun(tool('tsc'), ['-p', readmeTsconfig], { cwd: root })).resolves.toBe('');
});

describe('the code does what its README says', () => {
  it.each(programs)('$readme:$line', async ({ program, file, isTest, output }) => {
    const printed = await withReadmeEnvironment(program, (env) =>
      isTest
        ? mustRun(tool('vitest'), ['run', file], { cwd: readmeFolder, env })
        : mustRun(process.execPath, [...fromSource, file], { cwd: root, env }),
    );
    expect(ownOutput(printed)).toEqual(output ?? expect.any(String));
  });
});
