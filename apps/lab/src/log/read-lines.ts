/** A line of a stream of bytes. */
export interface Line {
  /** 1 for the first. */
  readonly number: number;
  /** Without its end; `undefined` when it is too long to be kept. */
  readonly text: string | undefined;
  /** How many bytes the stream has given up to the line's end. */
  readonly end: number;
}

/** A longer line is dropped, so that a file without line ends does not fill the memory. */
const LINE_BYTES_MAX = 65_536;
const NEWLINE = 0x0a;

/**
 * Splits bytes at newlines and nowhere else: what other readers of lines take for an end, such as U+2028, may stand
 * inside a request.
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
