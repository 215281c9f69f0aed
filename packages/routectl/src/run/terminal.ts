import { styleText } from 'node:util';

/** A stream that is written to. */
export interface TextStream {
  write(text: string): unknown;
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
}

/** The streams of a process. */
export interface Streams {
  readonly out: TextStream;
  readonly err: TextStream;
  /** Asks on the terminal; `undefined` if nobody is there to answer. */
  readonly ask?: ((question: string) => Promise<string>) | undefined;
}

/** Colours and marks of what is printed. */
type Tone = 'bold' | 'good' | 'warning' | 'bad' | 'dim';

const STYLES = { bold: 'bold', good: 'green', warning: 'yellow', bad: 'red', dim: 'dim' } as const;

/** Colours a text, or leaves it as it is. */
export type Paint = (tone: Tone, text: string) => string;

/** Colours only on a terminal, and not if `NO_COLOR` is set. */
export function painter({ isTTY }: TextStream, env: Readonly<Record<string, string | undefined>>): Paint {
  if (isTTY !== true || (env['NO_COLOR'] ?? '') !== '' || env['TERM'] === 'dumb') return (_, text) => text;
  return (tone, text) => styleText(STYLES[tone], text, { validateStream: false });
}
