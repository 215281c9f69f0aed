import { onAbort } from '@stateful-route/core/adapter';
import type { CloseReason } from '../host.ts';
import { backoffMs } from './backoff.ts';
import { closeState } from './close-state.ts';
import type { Opened } from './hold.ts';
import type { HostParts } from './host-parts.ts';
import type { Slots } from './slots.ts';
import { seenToken } from './stale-token.ts';
import { timedOut } from './waiter.ts';
import { within, withResolvers } from './waiting.ts';

/** How long the error of a failed open is remembered at first, in ms. */
const REMEMBER_MS = 250;

/** How long after that the number of failures is remembered, in ms. */
const FORGET_MS = 10_000;

/** How often an open whose token is stale is tried with a greater one. */
const STALE_TRIES = 5;

/** How often a claim is repeated that ended before it was used, or after room was made. */
const CLAIM_TRIES = 5;

/** The outcome of a claim. */
export type ClaimOutcome =
  | { readonly type: 'claimed'; readonly token: number }
  | { readonly type: 'notMine' }
  | { readonly type: 'failed'; readonly error: unknown };

/** The outcome of an open. */
export type OpenOutcome<State> =
  | { readonly type: 'opened'; readonly opened: Opened<State> }
  | { readonly type: 'stale' }
  | { readonly type: 'failed'; readonly error: unknown }
  | { readonly type: 'abandoned' };

/** An open under way. */
export interface OpenRun<State> {
  readonly outcome: Promise<OpenOutcome<State>>;
  /** Its state is not wanted: it is closed when it comes. */
  readonly abandon: (why: CloseReason) => void;
}

/** Claims one user and opens the state. Remembers failures. */
export class Opener<State> {
  readonly #parts: HostParts<State>;
  readonly #uid: string;
  #minToken: number | undefined;
  #staleTries = 0;
  #failures = 0;
  #failed: { readonly error: unknown; readonly until: number } | undefined;
  #cancelForget: (() => void) | undefined;
  /** Resolves when an open that was not wanted has ended and its state is closed, or after `openTimeoutMs`. */
  #before: Promise<void> | undefined;

  readonly #settled: () => void;

  /** @param settled - called when `isForgettable` may have become true. */
  constructor(parts: HostParts<State>, uid: string, settled: () => void) {
    this.#parts = parts;
    this.#uid = uid;
    this.#settled = settled;
  }

  /** Whether nothing needs to be kept. */
  get isForgettable(): boolean {
    return this.#cancelForget === undefined && this.#before === undefined;
  }

  /** The error of an open that failed a short while ago. */
  get failure(): { readonly error: unknown } | undefined {
    const failed = this.#failed;
    return failed && this.#parts.options.clock.monotonic() < failed.until ? failed : undefined;
  }

  /** Claims the user, for as long as it takes the driver. Never rejects. */
  async claim(): Promise<ClaimOutcome> {
    const { server, makeRoom, counts, options } = this.#parts;
    try {
      for (let tries = 0; tries < CLAIM_TRIES; tries++) {
        // Before the claim, as a refused one costs a round trip.
        if (counts.held > options.maxUsers && !server.holds(this.#uid) && !(await makeRoom())) {
          // Then the next question does not lead here.
          await server.refuse(this.#uid);
          return { type: 'notMine' };
        }
        const minToken = this.#minToken;
        const result = await server.claim(this.#uid, minToken === undefined ? undefined : { minToken });
        // The claim may have ended in the step in which it was answered.
        if (result.claimed && server.holds(this.#uid)) return { type: 'claimed', token: result.token };
        if (!result.claimed && !(result.why === 'full' && (await makeRoom()))) return { type: 'notMine' };
      }
      return { type: 'notMine' };
    } catch (error) {
      return { type: 'failed', error };
    }
  }

  /** Opens the state. `changed` is what `open` gets. */
  open(token: number, changed: () => void): OpenRun<State> {
    const controller = new AbortController();
    const { promise: outcome, resolve } = withResolvers<OpenOutcome<State>>();
    let unwanted: CloseReason | undefined;
    const giveUp = (why: CloseReason, error: Error, as: OpenOutcome<State>): void => {
      if (unwanted) return;
      unwanted = why;
      this.#wait(ended);
      resolve(as);
      controller.abort(error);
    };
    const late = (): void => {
      const error = timedOut('open', this.#parts.options.openTimeoutMs, 'unknown');
      giveUp('lost', error, this.#noted({ type: 'failed', error }));
    };
    const ended = this.#run(token, changed, controller, late).then(async (result) => {
      if (!unwanted) resolve(this.#noted(result));
      else if (result.type === 'opened') await closeState(this.#parts, this.#uid, result.opened, unwanted);
    });
    return {
      outcome,
      abandon: (why) => {
        giveUp(why, new Error(`the user left this pod: ${why}`), { type: 'abandoned' });
      },
    };
  }

  /** Runs `open` once a slot is free. Calls `late` if it takes longer than `openTimeoutMs`. */
  async #run(
    token: number,
    changed: () => void,
    controller: AbortController,
    late: () => void,
  ): Promise<OpenOutcome<State>> {
    const { openSlots, options, counts, telemetry } = this.#parts;
    const { signal } = controller;
    await this.#before;
    if (!(await takeSlot(openSlots, signal))) return { type: 'abandoned' };
    counts.opening += 1;
    let hasSlot = true;
    const giveSlot = (): void => {
      if (!hasSlot) return;
      hasSlot = false;
      counts.opening -= 1;
      openSlots.give();
    };
    const cancelTimer = options.clock.setTimeout(() => {
      giveSlot();
      late();
    }, options.openTimeoutMs);
    try {
      const begun = options.clock.monotonic();
      const state = await options.open({ uid: this.#uid, token, signal, changed });
      telemetry.opened(options.clock.monotonic() - begun);
      return { type: 'opened', opened: { state, token, controller } };
    } catch (error) {
      return { type: 'failed', error };
    } finally {
      cancelTimer();
      giveSlot();
    }
  }

  /** The next open waits for this one, which is not wanted: the application may have one state of a user at a time. */
  #wait(ended: Promise<void>): void {
    const { clock, openTimeoutMs } = this.#parts.options;
    const before = within(clock, openTimeoutMs, ended).then(() => {
      if (this.#before === before) this.#before = undefined;
      this.#settled();
    });
    this.#before = before;
  }

  #noted(outcome: OpenOutcome<State>): OpenOutcome<State> {
    const { counts, options, logger } = this.#parts;
    if (outcome.type !== 'failed') {
      counts.opens += 1;
      this.#minToken = undefined;
      this.#staleTries = 0;
      this.#failures = 0;
      this.#forget();
      return outcome;
    }
    const { error } = outcome;
    const seen = seenToken(error);
    if (seen !== undefined && this.#staleTries < STALE_TRIES) {
      this.#staleTries += 1;
      this.#minToken = seen + 1;
      return { type: 'stale' };
    }
    counts.openFailures += 1;
    this.#staleTries = 0;
    this.#failures += 1;
    const retryMs = backoffMs(REMEMBER_MS, this.#failures);
    this.#failed = { error, until: options.clock.monotonic() + retryMs };
    this.#cancelForget?.();
    this.#cancelForget = options.clock.setTimeout(() => {
      this.#failures = 0;
      this.#forget();
      this.#settled();
    }, retryMs + FORGET_MS);
    logger.warn({ err: error, uid: this.#uid, retryMs }, 'the state of a user could not be opened');
    return outcome;
  }

  #forget(): void {
    this.#failed = undefined;
    this.#cancelForget?.();
    this.#cancelForget = undefined;
  }
}

/** Takes a slot; false if the signal fires before. */
function takeSlot(slots: Slots, signal: AbortSignal): Promise<boolean> {
  if (signal.aborted) return Promise.resolve(false);
  return new Promise((resolve) => {
    let removeListener = (): void => {};
    const cancel = slots.take(() => {
      removeListener();
      resolve(true);
    });
    removeListener = onAbort(signal, () => {
      cancel();
      resolve(false);
    });
  });
}
