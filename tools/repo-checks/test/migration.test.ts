import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { outputsOf, pageWalk } from '../src/page-walk.ts';
import { withReadmeEnvironment } from '../src/readme-environment.ts';
import { programTsconfig } from '../src/readme-programs.ts';
import { mustRun } from '../src/run-command.ts';
import { fromSource, root, tool } from '../src/workspace.ts';

const folder = join(import.meta.dirname, '../.cache/migration');

describe('the page of the migration', () => {
  it('is walked, and every step prints what the page says', async () => {
    const { program, outputs } = pageWalk(readFileSync(join(root, 'docs/migration.md'), 'utf8'));
    expect(outputs.filter(Boolean).length).toBeGreaterThan(5);
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true });
    const file = join(folder, 'walk.ts');
    writeFileSync(file, program);
    const tsconfig = join(folder, 'tsconfig.json');
    writeFileSync(tsconfig, JSON.stringify(programTsconfig(folder)));
    await mustRun(tool('tsc'), ['-p', tsconfig], { cwd: root });
    const printed = await withReadmeEnvironment(program, (env) =>
      mustRun(process.execPath, [...fromSource, file], { cwd: root, env }),
    );
    expect(outputsOf(printed)).toEqual(outputs);
  });
});

describe('a walk', () => {
  const fence = (language: string, text: string): string => `\`\`\`${language}\n${text}\n\`\`\`\n`;

  it('has its steps in order, commands and programs, and the output of each', () => {
    const page = [
      fence('ts', 'console.log(1);'),
      fence('text', '1'),
      fence('sh', "redis-cli SET 'a b' c"),
      fence('ts', 'f();'),
    ];
    const { program, outputs } = pageWalk(page.join('\n'));
    expect(outputs).toEqual(['1', '', '']);
    expect(program).toMatch(/console\.log\(1\);[^]*await cli\("SET", "a b", "c"\);[^]*f\(\);/);
  });

  it.each([fence('sh', 'rm -rf /'), fence('json', '{}')])(
    'is refused where a block is no step: %s',
    (page) => {
      expect(() => pageWalk(page)).toThrow(/line 1/);
    },
  );
});
