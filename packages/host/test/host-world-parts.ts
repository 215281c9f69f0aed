import assert from 'node:assert/strict';
import { type Clock, type Executors, routeError } from '@stateful-route/core';
import { decorateExecutors } from '@stateful-route/core/adapter';
import { type CloseReason, staleToken } from '@stateful-route/host';

/** What the application keeps of a user on a pod. */
export interface Acts {
  readonly uid: string;
  readonly openId: number;
  readonly token: number;
  readonly acts: number[];
  /** Notes a change, as `open` got it. */
  readonly changed: () => void;
  isBusy: boolean;
  isSaving: boolean;
  isClosed: boolean;
  closed?: CloseReason;
}

/** Storage that checks tokens. */
export class CheckedStorage {
  readonly stored = new Map<string, { token: number; openId: number; acts: readonly number[] }>();

  register(uid: string, token: number, openId: number): readonly number[] {
    const known = this.stored.get(uid);
    if (known && known.token > token) throw staleToken(known.token);
    this.stored.set(uid, { token, openId, acts: known?.acts ?? [] });
    return known?.acts ?? [];
  }

  store({ uid, token, openId }: Acts, acts: readonly number[]): void {
    const known = this.stored.get(uid);
    if (!known || known.token > token) throw staleToken(known?.token ?? 0);
    // The storage itself knows tokens only; the same token with another open is the host's fault.
    assert(known.openId <= openId, `a save of ${uid} by an earlier open`);
    this.stored.set(uid, { token, openId: known.openId, acts: [...acts] });
  }

  /** Somebody else registers a greater token. */
  bump(uid: string): void {
    const known = this.stored.get(uid);
    this.stored.set(uid, {
      token: (known?.token ?? 0) + 1_000,
      openId: known?.openId ?? 0,
      acts: known?.acts ?? [],
    });
  }
}

/** What the connection of a pod to the store does. */
export type Wire = 'ok' | 'fails' | 'loses replies';

/** The store behind a connection. */
export function wired(executors: Executors, wire: () => Wire): Executors {
  return decorateExecutors(executors, async ({ method, options, run }) => {
    if (wire() === 'fails') throw routeError('STORE_ERROR', 'The wire is cut.', { operation: method });
    const result = await run(options);
    if (wire() === 'loses replies') {
      const fields = { operation: method, timeoutMs: 1, effect: 'unknown' } as const;
      throw routeError('TIMEOUT', 'The reply was lost.', fields);
    }
    return result;
  });
}

/** A clock that counts the timers of those who have it. */
export class CountingClock implements Clock {
  readonly #clock: Clock;
  readonly timers = new Set<object>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  now(): number {
    return this.#clock.now();
  }

  monotonic(): number {
    return this.#clock.monotonic();
  }

  setTimeout(callback: () => void, ms: number): () => void {
    const timer = { ms, at: new Error('timer').stack };
    this.timers.add(timer);
    const cancel = this.#clock.setTimeout(() => {
      this.timers.delete(timer);
      callback();
    }, ms);
    return () => {
      this.timers.delete(timer);
      cancel();
    };
  }
}

/** How something of the application ends. */
export type How = 'at once' | 'slowly' | 'fails' | 'fails slowly' | 'hangs' | 'after its signal';

const SLOW_MS = 700;

/** Ends what the application does, in the way that a script says. */
export class Endings {
  readonly #clock: Clock;
  readonly #hung = new Set<() => void>();
  /** Whether everything ends well, and at once. */
  isCalm = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Ends what hangs. */
  release(): void {
    for (const end of this.#hung) end();
    this.#hung.clear();
  }

  async end(how: How, signal?: AbortSignal): Promise<void> {
    if (this.isCalm || how === 'at once') return;
    if (how === 'slowly' || how === 'fails slowly') {
      await new Promise<void>((resolve) => {
        this.#clock.setTimeout(resolve, SLOW_MS);
      });
    }
    if (how === 'fails' || how === 'fails slowly') throw new Error('the application failed');
    if (how === 'hangs' || how === 'after its signal') {
      await new Promise<void>((resolve) => {
        this.#hung.add(resolve);
        if (how === 'after its signal') signal?.addEventListener('abort', () => resolve(), { once: true });
      });
    }
  }
}
