import type { TextStream } from '../run/terminal.ts';

const WIDTH = 24;
const START_OF_EMPTY_LINE = '\r\u001b[K';

/** A line on the terminal that says how far something is. Elsewhere nothing is written. */
export class Progress implements Disposable {
  readonly #stream: TextStream;
  #shown = '';

  constructor(stream: TextStream) {
    this.#stream = stream;
  }

  /** @param total - `undefined` if it is not known. */
  show(what: string, done: number, total: number | undefined): void {
    if (this.#stream.isTTY !== true) return;
    const part = total === undefined || total === 0 ? undefined : Math.min(1, done / total);
    const bar = part === undefined ? '' : `${'█'.repeat(Math.round(part * WIDTH)).padEnd(WIDTH, '░')} `;
    const count = total === undefined ? String(done) : `${done}/${total}`;
    const line = `${bar}${count} ${what}`.slice(0, (this.#stream.columns ?? 80) - 1);
    if (line === this.#shown) return;
    this.#shown = line;
    this.#stream.write(START_OF_EMPTY_LINE + line);
  }

  [Symbol.dispose](): void {
    if (this.#shown !== '') this.#stream.write(START_OF_EMPTY_LINE);
  }
}
