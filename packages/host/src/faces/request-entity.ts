import { isRouteError, NOT_MINE, type RouteErrorCode } from '@stateful-route/core';
import type { Closed, RequestEntity, Stay, UseState } from '../host.ts';
import { refusalError, refusalOf, unavailable } from './refusal.ts';

/** What the host refuses a use with. Other errors are faults of the application, or of its use. */
const REFUSED: ReadonlySet<RouteErrorCode> = new Set([
  'FENCED',
  'NOT_RUNNING',
  'OVERLOADED',
  'POD_NOT_AVAILABLE',
  'SERVICE_NOT_READY',
  'STORE_ERROR',
  'TIMEOUT',
]);

/** The stay of a request, whose uses reject with an error that frameworks answer. */
export function requestEntity<State>(stay: Stay<State>): RequestEntity<State> {
  return new StayOfRequest(stay);
}

class StayOfRequest<State> implements RequestEntity<State> {
  readonly #stay: Stay<State>;
  /** Once true the request may not be sent again: part of it is done. */
  #acted = false;

  constructor(stay: Stay<State>) {
    this.#stay = stay;
  }

  get uid(): string {
    return this.#stay.uid;
  }

  get state(): State {
    return this.#stay.state;
  }

  get token(): number {
    return this.#stay.token;
  }

  get signal(): AbortSignal {
    return this.#stay.signal;
  }

  get closed(): Promise<Closed> {
    return this.#stay.closed;
  }

  async use<Result>(use: UseState<State, Result>): Promise<Result> {
    const thrown: unknown[] = [];
    const noted: UseState<State, Result> = async (state, context) => {
      this.#acted = true;
      try {
        return await use(state, context);
      } catch (error) {
        thrown.push(error);
        throw error;
      }
    };
    let answer: Result | typeof NOT_MINE;
    try {
      answer = await this.#stay.use(noted);
    } catch (error) {
      if (thrown.includes(error) || !isRouteError(error) || !REFUSED.has(error.code)) throw error;
      throw refusalError(this.#acted ? unavailable(error) : refusalOf(error));
    }
    if (answer !== NOT_MINE) return answer;
    throw refusalError(this.#acted ? unavailable(undefined) : refusalOf(NOT_MINE));
  }

  changed(): void {
    this.#acted = true;
    this.#stay.changed();
  }

  leave(): void {
    this.#stay.leave();
  }
}
