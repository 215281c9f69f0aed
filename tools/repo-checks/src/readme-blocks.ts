/** A block of a README that is run. */
export interface ReadmeBlock {
  /** The line of its opening fence, from 1. */
  readonly line: number;
  /** The whole program: the block, after the blocks that it continues. */
  readonly program: string;
  /** The output of the block itself, if the README shows it. */
  readonly output: string | undefined;
}

/** Printed before the block under test, to separate its output from that of earlier blocks. */
const outputMark = '--- the output of this block ---';

/** A program's output since its last block began. */
export function ownOutput(printed: string): string {
  const at = printed.indexOf(outputMark);
  if (at < 0) throw new Error(`the program ended before its last block; it printed:\n${printed}`);
  return printed.slice(at + outputMark.length + 1).trimEnd();
}

/** A code block of a page. */
export interface Fence {
  readonly language: string;
  readonly line: number;
  readonly text: string;
}

/**
 * The TypeScript blocks of a README, in order. A block with an import is a program of its own; one without continues the block
 * before it. A ```text block right after it is its output.
 */
export function readmeBlocks(markdown: string): ReadmeBlock[] {
  const fences = fencesOf(markdown);
  const blocks: ReadmeBlock[] = [];
  let before: string[] = [];
  for (const [index, { language, line, text }] of fences.entries()) {
    if (language !== 'ts' && language !== 'typescript') continue;
    if (/^import\b/m.test(text)) before = [];
    const next = fences[index + 1];
    blocks.push({
      line,
      program: [...before, `console.log('${outputMark}');`, text].join('\n'),
      output: next?.language === 'text' ? next.text : undefined,
    });
    before.push(text);
  }
  return blocks;
}

/** A README's blocks of one language. */
export const codeBlocks = (markdown: string, language: string): string[] =>
  fencesOf(markdown)
    .filter((fence) => fence.language === language)
    .map(({ text }) => text);

/** The shell blocks of a README. */
export const shellBlocks = (markdown: string): string[] => codeBlocks(markdown, 'sh');

/** The packages that each `npm install` of a README's shell blocks names. */
export const installLines = (markdown: string): string[][] =>
  [
    ...shellBlocks(markdown)
      .join('\n')
      .replaceAll(/\\\n */g, '')
      .matchAll(/^npm (?:install|i|add) (.+)$/gm),
  ].map(([, names = '']) => names.split(/\s+/).filter((name) => name !== '' && !name.startsWith('-')));

/** The code blocks of a page, in order. */
export function fencesOf(markdown: string): Fence[] {
  const fences: Fence[] = [];
  let open: { language: string; line: number; lines: string[]; mark: string } | undefined;
  for (const [index, line] of markdown.split('\n').entries()) {
    const [, mark, language] = /^(`{3,})(\w*)/.exec(line) ?? [];
    if (open && line.trimEnd() === open.mark) {
      fences.push({ language: open.language, line: open.line, text: open.lines.join('\n') });
      open = undefined;
    } else if (open) {
      open.lines.push(line);
    } else if (mark !== undefined) {
      open = { language: language ?? '', line: index + 1, lines: [], mark };
    }
  }
  if (open) throw new Error(`the code block of line ${open.line} has no end`);
  return fences;
}
