import { expect, it } from 'vitest';
import { installLines, ownOutput, readmeBlocks, shellBlocks } from '../src/readme-blocks.ts';

const fenced = (language: string, ...lines: string[]): string =>
  ['```' + language, ...lines, '```', ''].join('\n');
const mark = "console.log('--- the output of this block ---');";

it('takes the text block after a program for its output', () => {
  const readme = ['# Title', fenced('ts', "import 'a';"), 'which prints', fenced('text', 'one', 'two')].join(
    '\n',
  );
  expect(readmeBlocks(readme)).toEqual([{ line: 2, program: `${mark}\nimport 'a';`, output: 'one\ntwo' }]);
});

it('does not take a later text block for the output', () => {
  const readme = [fenced('ts', "import 'a';"), fenced('sh', 'ls'), fenced('text', 'one')].join('\n');
  expect(readmeBlocks(readme)).toMatchObject([{ output: undefined }]);
});

it('lets a block without an import continue the one before it', () => {
  const readme = [fenced('ts', "import 'a';"), fenced('ts', 'b();'), fenced('ts', "import 'c';")].join('\n');
  expect(readmeBlocks(readme).map((block) => block.program)).toEqual([
    `${mark}\nimport 'a';`,
    `import 'a';\n${mark}\nb();`,
    `${mark}\nimport 'c';`,
  ]);
});

it('refuses a block without an end', () => {
  expect(() => readmeBlocks('```ts\nimport 1;')).toThrow('line 1');
});

it('distinguishes shell blocks', () => {
  expect(shellBlocks([fenced('sh', 'npm test'), fenced('ts', 'x'), fenced('sh', 'ls')].join('\n'))).toEqual([
    'npm test',
    'ls',
  ]);
});

it("takes only the last block's output", () => {
  expect(ownOutput('before\n--- the output of this block ---\none\ntwo\n')).toBe('one\ntwo');
  expect(() => ownOutput('before\n')).toThrow('it printed:\nbefore');
});

it('reads what a README installs', () => {
  const readme = fenced('sh', 'npm install -D @a/b vitest@4', 'npm test');
  expect(installLines(readme)).toEqual([['@a/b', 'vitest@4']]);
});
