import { type CallOptions, NOT_MINE } from '@stateful-route/core';
import type { Closed, Stay, UseState } from '../../src/host.ts';

/** The state of the tests' users. */
export interface Visits {
  count: number;
}

/** The part of a host that the faces see. The test says what becomes of each user. */
export class ScriptedHost {
  /** What `enter` answers for a uid, instead of a stay: a value, an error to reject with, or a promise to wait for. */
  readonly answers = new Map<string, unknown>();
  readonly stays: ScriptedStay[] = [];
  readonly signals: (AbortSignal | undefined)[] = [];
  readonly entered: string[] = [];

  async enter(uid: string, options?: CallOptions): Promise<Stay<Visits> | typeof NOT_MINE> {
    this.entered.push(uid);
    this.signals.push(options?.signal);
    const answer = await this.answers.get(uid);
    if (answer instanceof Error) throw answer;
    if (answer === NOT_MINE) return NOT_MINE;
    const stay = new ScriptedStay(uid);
    this.stays.push(stay);
    return stay;
  }

  /** The stays that have not been left. */
  get present(): string[] {
    return this.stays.filter(({ left }) => left === 0).map(({ uid }) => uid);
  }
}

export class ScriptedStay implements Stay<Visits> {
  readonly state: Visits = { count: 0 };
  readonly token = 7;
  left = 0;
  changes = 0;
  readonly uid: string;
  readonly #gone = new AbortController();
  readonly closed: Promise<Closed>;
  #close = (_closed: Closed): void => {};

  constructor(uid: string) {
    this.uid = uid;
    this.closed = new Promise((resolve) => (this.#close = resolve));
  }

  get signal(): AbortSignal {
    return this.#gone.signal;
  }

  async use<Result>(use: UseState<Visits, Result>): Promise<Result | typeof NOT_MINE> {
    if (this.signal.aborted) return NOT_MINE;
    return use(this.state, { token: this.token, signal: this.signal });
  }

  changed(): void {
    this.changes += 1;
  }

  leave(): void {
    this.left += 1;
  }

  /** The user begins to leave this pod. */
  signalGone(): void {
    this.#gone.abort();
  }

  /** The user has been saved and moved. */
  close(closed: Closed): void {
    this.#close(closed);
  }
}
