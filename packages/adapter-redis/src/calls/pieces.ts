import type { ItemCall } from './item-call.ts';

/** So few items are not worth a second command. */
const PIECE_MIN = 32;
/** What more items save is less than what waiting for all of them costs. */
const PIECE_MAX = 256;

/**
 * Cuts what one tick has gathered into commands, in order: halves, of 32 to 256 items, so that the server works on one of
 * them while the next is written, and replies are read while it works. A call is never cut.
 */
export function piecesOf(calls: readonly ItemCall[]): ItemCall[][] {
  const items = calls.reduce((sum, { count }) => sum + count, 0);
  const size = Math.min(PIECE_MAX, Math.max(PIECE_MIN, Math.ceil(items / 2)));
  const pieces: ItemCall[][] = [];
  let room = 0;
  for (const call of calls) {
    if (call.count > room) {
      pieces.push([]);
      room = size;
    }
    pieces.at(-1)!.push(call);
    room -= call.count;
  }
  return pieces;
}
