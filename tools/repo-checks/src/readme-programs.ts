import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { readmeBlocks, type ReadmeBlock } from './readme-blocks.ts';
import { root } from './workspace.ts';

export interface ReadmeProgram extends ReadmeBlock {
  /** The README and the line, as an editor opens them. */
  readonly at: string;
  readonly file: string;
  /** Whether the program is a test file, to be run by vitest. */
  readonly isTest: boolean;
}

/** Below this package, so that programs find what it depends on: every package of the workspace. */
const folder = join(import.meta.dirname, '../.cache/readme');

const tsconfig = {
  extends: relative(folder, join(root, 'tsconfig.test.base.json')),
  compilerOptions: {
    incremental: false,
    noUnusedLocals: false,
    experimentalDecorators: true,
    emitDecoratorMetadata: true,
  },
  include: ['*.ts'],
};

/** Writes the programs of the READMEs as files that can be compiled and run. */
export function writeReadmePrograms(readmes: readonly string[]): ReadmeProgram[] {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(tsconfig));
  return readmes.flatMap((readme) => {
    const at = relative(root, readme);
    return readmeBlocks(readFileSync(readme, 'utf8')).map((block) => {
      const isTest = importsVitest(block.program);
      const name = `${at.replaceAll(/[^\w-]/g, '-')}-${block.line}${isTest ? '.test' : ''}.ts`;
      const file = join(folder, name);
      // a program is a module even where it imports nothing
      writeFileSync(file, `${block.program}\nexport {};\n`);
      return { ...block, at: `${at}:${block.line}`, file, isTest };
    });
  });
}

export const importsVitest = (program: string): boolean => /from 'vitest'/.test(program);

export const readmeTsconfig: string = join(folder, 'tsconfig.json');
