/** How many lines are reported. Others are only counted. */
const NAMED = 5;

/** Counts the malformed lines of a log, and reports the first ones. */
export class MalformedLines {
  readonly #warn: (line: string) => void;
  #count = 0;

  constructor(warn: (line: string) => void) {
    this.#warn = warn;
  }

  get count(): number {
    return this.#count;
  }

  note(lineNumber: number, problem: string): void {
    this.#count += 1;
    if (this.#count <= NAMED) this.#warn(`line ${lineNumber} of the log is not a request: ${problem}`);
  }

  end(): void {
    if (this.#count > NAMED) this.#warn(`${this.#count - NAMED} more lines of the log are not requests`);
  }
}
