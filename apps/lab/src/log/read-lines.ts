/** A line of a stream of bytes. */
export interface Line {
  /** 1 for the first. */
  readonly number: number;
  /** Without its line end. `undefined` if it is too long. */
  readonly text: string | undefined;
  /** The position of the line's end in the stream, in bytes. */
  readonly end: number;
}

/** Longer lines are dropped, so that a file without line ends does not fill the memory. */
const LINE_BYTES_MAX = 65_536;
const NEWLINE = 0x0a;

/**
 * Splits bytes only at newlines. Other line separators, such as U+2028, may occur inside a request.
 */
export async function* readLines(
  chunks: AsyncIterable<Buffer>,
  maxBytes: number = LINE_BYTES_MAX,
): AsyncGenerator<Line> {
  let pending: Buffer[] = [];
  let pendingBytes = 0;
  let number = 0;
  let end = 0;
  const keep = (part: Buffer): void => {
    pendingBytes += part.length;
    if (pendingBytes <= maxBytes) pending.push(part);
    else pending = [];
  };
  const take = (): Line => {
    number += 1;
    end += pendingBytes;
    const text = pendingBytes > maxBytes ? undefined : Buffer.concat(pending).toString().replace(/\r$/, '');
    pending = [];
    pendingBytes = 0;
    return { number, text, end };
  };
  for await (const chunk of chunks) {
    let from = 0;
    for (let at = chunk.indexOf(NEWLINE); at >= 0; at = chunk.indexOf(NEWLINE, from)) {
      keep(chunk.subarray(from, at));
      end += 1;
      from = at + 1;
      yield take();
    }
    if (from < chunk.length) keep(chunk.subarray(from));
  }
  if (pendingBytes > 0) yield take();
}
