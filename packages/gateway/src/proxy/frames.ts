/** The status code of a close frame that says: connect again. */
export const SERVICE_RESTART = 1012;

/** The opcode of a frame that closes the connection. */
const CLOSE = 8;

/** A control frame has at most 125 bytes, of which two are the status. */
const REASON_BYTES_MAX = 123;

/**
 * Follows the frames of one direction of a WebSocket, in whatever pieces they arrive, so that a close frame can be put between
 * two of them. It reads only the lengths: an extension, such as permessage-deflate, changes nothing.
 */
export class FrameTracker {
  /** Whether a close frame has begun. */
  closes = false;
  /** How many bytes of the frame's head are read; 0 between two frames. */
  #read = 0;
  /** How long the head is, as far as it is known. */
  #headBytes = 2;
  /** The length bytes that are still to be read. */
  #lengthBytes = 0;
  /** The length of the payload, as far as it is read; in the payload, what is left of it. */
  #left = 0;

  /** Whether the last byte that was pushed ends a frame. */
  get isBetween(): boolean {
    return this.#read === 0 && this.#left === 0;
  }

  push(chunk: Uint8Array): void {
    let at = 0;
    while (at < chunk.length) {
      if (this.#read === 0 && this.#left > 0) {
        const skipped = Math.min(this.#left, chunk.length - at);
        this.#left -= skipped;
        at += skipped;
        continue;
      }
      this.#readHead(chunk[at]!);
      at += 1;
    }
  }

  #readHead(byte: number): void {
    this.#read += 1;
    if (this.#read === 1) {
      if ((byte & 0x0f) === CLOSE) this.closes = true;
      return;
    }
    if (this.#read === 2) {
      const length = byte & 0x7f;
      this.#lengthBytes = extendedBytes(length);
      this.#left = this.#lengthBytes > 0 ? 0 : length;
      const isMasked = (byte & 0x80) !== 0;
      this.#headBytes = 2 + this.#lengthBytes + (isMasked ? 4 : 0);
    } else if (this.#lengthBytes > 0) {
      // Above 2^53 it is not exact. No connection lives to see the end of such a frame.
      this.#left = this.#left * 256 + byte;
      this.#lengthBytes -= 1;
    }
    if (this.#read === this.#headBytes) this.#read = 0;
  }
}

function extendedBytes(length: number): number {
  if (length === 126) return 2;
  return length === 127 ? 8 : 0;
}

/** A close frame as a server sends it. */
export function closeFrame(status: number, reason: string): Buffer {
  const text = Buffer.from(reason).subarray(0, REASON_BYTES_MAX);
  return Buffer.concat([Buffer.from([0x80 | CLOSE, 2 + text.length, status >> 8, status & 0xff]), text]);
}
