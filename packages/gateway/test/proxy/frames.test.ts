import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { closeFrame, FrameTracker } from '../../src/proxy/frames.ts';

interface Frame {
  readonly opcode: number;
  readonly length: number;
  readonly isMasked: boolean;
  readonly isFinal: boolean;
}

function bytesOf({ opcode, length, isMasked, isFinal }: Frame): Buffer {
  const first = (isFinal ? 0x80 : 0) | opcode;
  const mask = isMasked ? 0x80 : 0;
  const extended = Buffer.alloc(length < 126 ? 0 : length < 65_536 ? 2 : 8);
  if (extended.length === 2) extended.writeUInt16BE(length);
  if (extended.length === 8) extended.writeBigUInt64BE(BigInt(length));
  const short = length < 126 ? length : extended.length === 2 ? 126 : 127;
  const key = Buffer.alloc(isMasked ? 4 : 0, 0xff);
  // A payload that looks like heads of frames.
  return Buffer.concat([Buffer.from([first, mask | short]), extended, key, Buffer.alloc(length, 0x88)]);
}

const frames = fc.array(
  fc.record({
    opcode: fc.constantFrom(0, 1, 2, 9, 10),
    length: fc.oneof(fc.constantFrom(0, 1, 125, 126, 127, 65_535, 65_536, 70_000), fc.nat({ max: 300 })),
    isMasked: fc.boolean(),
    isFinal: fc.boolean(),
  }),
  { maxLength: 6 },
);

describe('the tracker of frames', () => {
  it('knows the ends of frames, in whatever pieces they come', () => {
    fc.assert(
      fc.property(frames, fc.array(fc.nat({ max: 200_000 }), { maxLength: 30 }), (given, cuts) => {
        const all = given.map(bytesOf);
        const ends = new Set<number>([0]);
        let end = 0;
        for (const frame of all) ends.add((end += frame.length));
        const bytes = Buffer.concat(all);
        // Every byte of the heads is a place to cut at, besides random ones.
        const heads = [...ends].flatMap((at) => Array.from({ length: 15 }, (_, offset) => at + offset - 1));
        const places = [...new Set([...cuts, ...heads, bytes.length])]
          .filter((at) => at >= 0 && at <= bytes.length)
          .toSorted((a, b) => a - b);
        const tracker = new FrameTracker();
        let from = 0;
        for (const to of places) {
          tracker.push(bytes.subarray(from, to));
          from = to;
          expect([to, tracker.isBetween]).toEqual([to, ends.has(to)]);
        }
        expect(tracker.closes).toBe(false);
      }),
    );
  });

  it('sees a close frame by its first byte', () => {
    const tracker = new FrameTracker();
    tracker.push(bytesOf({ opcode: 1, length: 200, isMasked: false, isFinal: true }));
    expect(tracker.closes).toBe(false);
    const frame = closeFrame(1012, 'x'.repeat(200));
    tracker.push(frame.subarray(0, 1));
    expect([tracker.closes, tracker.isBetween]).toEqual([true, false]);
    tracker.push(frame.subarray(1));
    expect([tracker.isBetween, frame.length]).toEqual([true, 127]);
  });
});
