import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EventParser, readEvents } from '../../page/src/api/event-stream.ts';

/** The messages of a stream that comes in these pieces. */
const parsed = (pieces: readonly string[]): unknown[] => {
  const parser = new EventParser();
  return pieces.flatMap((piece) => parser.push(piece));
};

describe('a stream of server-sent events', () => {
  it('is the same however it is cut into pieces', () => {
    const lines = fc.constantFrom(
      'event: change',
      'data: {"a":1}',
      'data:x',
      'data',
      'id: 7',
      ': hold',
      'retry: 3',
      '',
    );
    const ends = fc.constantFrom('\n', '\r\n', '\r');
    const streams = fc.array(
      fc.tuple(lines, ends).map((parts) => parts.join('')),
      { maxLength: 40 },
    );
    fc.assert(
      fc.property(streams, fc.infiniteStream(fc.integer({ min: 1, max: 9 })), (written, sizes) => {
        // What follows shows that a carriage return at the end was one of its own.
        const text = `${written.join('')}:\n`;
        const pieces: string[] = [];
        for (let at = 0; at < text.length; at += pieces.at(-1)!.length) {
          pieces.push(text.slice(at, at + sizes.next().value!));
        }
        expect(parsed(pieces)).toEqual(parsed([text]));
      }),
    );
  });

  it('has messages of several lines, and none without data', () => {
    const text =
      'event: change\ndata: 1\ndata: 2\n\nevent: lost\n\n: comment\n\ndata: 3\r\n\r\ndata: not ended\n';
    expect(parsed([text])).toEqual([
      { event: 'change', data: '1\n2' },
      { event: 'message', data: '3' },
    ]);
  });

  it('is read from bytes that cut a letter in two', async () => {
    const bytes = new TextEncoder().encode('data: häns\n\n');
    const body = new ReadableStream<Uint8Array<ArrayBuffer>>({
      start(controller) {
        for (const byte of bytes) controller.enqueue(Uint8Array.of(byte));
        controller.close();
      },
    });
    const messages = [];
    for await (const message of readEvents(body)) messages.push(message);
    expect(messages).toEqual([{ event: 'message', data: 'häns' }]);
  });
});
