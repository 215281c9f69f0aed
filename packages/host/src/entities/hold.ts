import { setMaxListeners } from 'node:events';
import type { CloseReason } from '../host.ts';

/** The end of a hold, as stays are told. */
export interface HoldEnd {
  readonly why: CloseReason;
  readonly to?: number | undefined;
}

/** The state that one `open` returned. */
export interface Opened<State> {
  readonly state: State;
  readonly token: number;
  /** The controller of the signal that `open` got. */
  readonly controller: AbortController;
}

/** The time in which an open entity serves: until its signal fires. A hand-off that fails begins another hold of the same state. */
export class Hold<State> {
  readonly uid: string;
  readonly opened: Opened<State>;
  readonly controller: AbortController = new AbortController();
  /** How many stays have not left. */
  stays = 0;
  readonly #ended: { promise?: Promise<HoldEnd>; resolve?: (end: HoldEnd) => void; end?: HoldEnd } = {};

  constructor(uid: string, opened: Opened<State>) {
    this.uid = uid;
    this.opened = opened;
    // Any number of stays may listen.
    setMaxListeners(0, this.controller.signal);
  }

  get signal(): AbortSignal {
    return this.controller.signal;
  }

  /** Whether the hold's end was told. */
  get isOver(): boolean {
    return this.#ended.end !== undefined;
  }

  /** Resolves at the hold's end. Made when it is first asked for. */
  get ended(): Promise<HoldEnd> {
    const ended = this.#ended;
    ended.promise ??= ended.end
      ? Promise.resolve(ended.end)
      : new Promise((resolve) => {
          ended.resolve = resolve;
        });
    return ended.promise;
  }

  end(end: HoldEnd): void {
    if (this.#ended.end) return;
    this.#ended.end = end;
    this.#ended.resolve?.(end);
  }
}
