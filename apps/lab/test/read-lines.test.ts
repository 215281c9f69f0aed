import { type Line, readLines } from '@stateful-route/lab/log';
import { describe, expect, it } from 'vitest';

describe('readLines', () => {
  async function lines(chunks: readonly string[], maxBytes?: number): Promise<Line[]> {
    const read: Line[] = [];
    async function* source(): AsyncGenerator<Buffer> {
      for (const chunk of chunks) yield Buffer.from(chunk);
    }
    for await (const line of readLines(source(), maxBytes)) read.push(line);
    return read;
  }

  it('joins lines across chunks, and accepts both line ends', async () => {
    expect(await lines(['a', 'b\r\nc', '', '\n\nd'])).toEqual([
      { number: 1, text: 'ab', end: 4 },
      { number: 2, text: 'c', end: 6 },
      { number: 3, text: '', end: 7 },
      { number: 4, text: 'd', end: 8 },
    ]);
  });

  it('drops a line that is too long and continues', async () => {
    const read = await lines(['aaa', 'aaa', 'a\nok\n'], 5);
    expect(read).toEqual([
      { number: 1, text: undefined, end: 8 },
      { number: 2, text: 'ok', end: 11 },
    ]);
  });

  it('splits at newlines only', async () => {
    expect(await lines(['a\u2028b\n'])).toEqual([{ number: 1, text: 'a\u2028b', end: 6 }]);
  });
});
