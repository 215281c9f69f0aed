import { type Fence, fencesOf } from './readme-blocks.ts';

/** A page as one program that runs its blocks in order. */
export interface PageWalk {
  readonly program: string;
  /** The expected output of each step, in order; empty if the page shows none. */
  readonly outputs: readonly string[];
}

const MARK = '--- the next block ---';

const redisCli = `import { Redis as RedisOfThePage } from 'ioredis';
const redisOfThePage = new RedisOfThePage(process.env.REDIS_URL!);
const cli = (...words: string[]) => redisOfThePage.call(words[0]!, ...words.slice(1));`;

/**
 * The program of a page. Its `ts` blocks are parts of one program, its `sh` blocks `redis-cli` commands for the Redis of
 * `REDIS_URL`, a `text` block the output of the block before it. Throws for any other block.
 */
export function pageWalk(markdown: string): PageWalk {
  const outputs: string[] = [];
  const pieces: string[] = [redisCli];
  for (const { language, line, text } of fencesOf(markdown)) {
    if (language === 'text') {
      outputs[outputs.length - 1] = text;
      continue;
    }
    outputs.push('');
    pieces.push(`console.log('${MARK}');`, pieceOf({ language, line, text }));
  }
  return { program: [...pieces, 'redisOfThePage.disconnect();', 'export {};', ''].join('\n'), outputs };
}

function pieceOf({ language, line, text }: Fence): string {
  if (language === 'ts') return text;
  if (language !== 'sh') throw new Error(`line ${line}: a block of ${language} cannot be run`);
  const commands = text.split('\n').map((command) => {
    const words = [...command.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, bare]) => quoted ?? bare!);
    if (words.shift() !== 'redis-cli')
      throw new Error(`line ${line}: "${command}" is not a redis-cli command`);
    return `await cli(${words.map((word) => JSON.stringify(word)).join(', ')});`;
  });
  return commands.join('\n');
}

/** The output of each block, in order. */
export function outputsOf(printed: string): string[] {
  return printed
    .split(`${MARK}\n`)
    .slice(1)
    .map((output) => output.trimEnd());
}
