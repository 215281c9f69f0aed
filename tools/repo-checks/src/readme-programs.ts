import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { readmeBlocks, type ReadmeBlock } from './readme-blocks.ts';
import { root } from './workspace.ts';

export interface ReadmeProgram extends ReadmeBlock {
  readonly readme: string;
  readonly file: string;
  /** Whether the program is a test file, which vitest runs. */
  readonly isTest: boolean;
}

/** Inside this package, so that programs find its dependencies: all packages of the workspace. */
export const readmeFolder: string = join(import.meta.dirname, '../.cache/readme');

export const readmeTsconfig: string = join(readmeFolder, 'tsconfig.json');

/** The compiler options of a page's programs. */
export const programTsconfig = (folder: string): object => ({
  extends: relative(folder, join(root, 'tsconfig.test.base.json')),
  compilerOptions: {
    incremental: false,
    noUnusedLocals: false,
    experimentalDecorators: true,
    emitDecoratorMetadata: true,
  },
  include: ['*.ts'],
});

const vitestConfig = `import base from '${relative(readmeFolder, join(root, 'vitest.base.ts'))}';

export default { ...base, test: { include: ['*.test.ts'] } };
`;

/** Writes the programs of READMEs (paths from the root) to files that can be compiled and run. */
export function writeReadmePrograms(readmes: readonly string[]): ReadmeProgram[] {
  rmSync(readmeFolder, { recursive: true, force: true });
  mkdirSync(readmeFolder, { recursive: true });
  writeFileSync(readmeTsconfig, JSON.stringify(programTsconfig(readmeFolder)));
  writeFileSync(join(readmeFolder, 'vitest.config.js'), vitestConfig);
  return readmes.flatMap((readme) =>
    readmeBlocks(readFileSync(join(root, readme), 'utf8')).map((block) => {
      const isTest = importsVitest(block.program);
      const file = join(
        readmeFolder,
        `${readme.replaceAll('/', '-')}-${block.line}${isTest ? '.test' : ''}.ts`,
      );
      // A program is a module even if it imports nothing.
      writeFileSync(file, `${block.program}\nexport {};\n`);
      return { ...block, readme, file, isTest };
    }),
  );
}

export const importsVitest = (program: string): boolean => /from 'vitest'/.test(program);
