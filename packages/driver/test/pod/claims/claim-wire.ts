import { type CancelTimer, type Clock, routeError } from '@stateful-route/core';
import type { PortCall, PortMethod } from '@stateful-route/core/adapter';

/** What becomes of a call. */
export type CallFate =
  /** It acts, and is answered. */
  | 'in time'
  /** It acts at once; the reply comes when it is let go, or never in the caller's time. */
  | 'held'
  /** The call acts late, right before its deadline; the caller gets a lost connection at once. */
  | 'late'
  /** The call acts; the caller gets a lost connection. */
  | 'lost'
  /** The call does not act; the caller gets a lost connection. */
  | 'unsent';

const writes: readonly PortMethod[] = [
  'trySetLinkedPod',
  'setLinkedPod',
  'replaceLinkedPod',
  'removeLinkedPod',
  'removeLinkedPodWithId',
];

/** One pod's way to the store: a test decides what becomes of the first write of a link that comes next. */
export class ClaimWire {
  readonly #clock: Clock;
  #fate: CallFate = 'in time';
  #release!: () => void;
  #released: Promise<void>;
  /** Whether heartbeats reach the store. */
  beats = true;
  /** How many calls have not been answered. */
  pending = 0;
  /** The writes of links that were sent. */
  readonly sent: PortMethod[] = [];

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#released = new Promise((resolve) => {
      this.#release = resolve;
    });
  }

  /** What becomes of the next write. */
  next(fate: CallFate): void {
    this.#fate = fate;
  }

  /** Lets the reply go that is held. */
  release(): void {
    this.#fate = 'in time';
    this.#release();
  }

  readonly around = async (call: PortCall): Promise<unknown> => {
    this.pending += 1;
    try {
      return await this.#carry(call);
    } finally {
      this.pending -= 1;
    }
  };

  async #carry(call: PortCall): Promise<unknown> {
    const { method, options, run } = call;
    if (method === 'setServiceState' && !this.beats) throw connectionLost(method);
    if (!writes.includes(method)) return run(options);
    this.sent.push(method);
    const fate = this.#fate;
    this.#fate = 'in time';
    switch (fate) {
      case 'in time':
        return run(options);
      case 'unsent':
        throw connectionLost(method);
      case 'lost':
        await run(options);
        throw connectionLost(method);
      case 'late':
        this.#clock.setTimeout(
          () => {
            run(options).catch(() => {});
          },
          Math.max(0, (options?.timeoutMs ?? 1_000) - 1),
        );
        throw connectionLost(method);
      case 'held':
        break;
    }
    return this.#held(call);
  }

  /** Acts, and answers when it is let go, when the call's time is over, or when it is aborted. */
  async #held({ method, options, run }: PortCall): Promise<unknown> {
    const reply = await run(options);
    const timeoutMs = options?.timeoutMs ?? 1_000;
    let cancel: CancelTimer | undefined;
    const ended = new Promise<never>((_, reject) => {
      cancel = this.#clock.setTimeout(() => {
        reject(
          routeError(
            'TIMEOUT',
            'No reply in time.',
            { operation: method, timeoutMs, effect: 'unknown' },
            { retryable: true },
          ),
        );
      }, timeoutMs);
      options?.signal?.addEventListener('abort', () => {
        reject(options.signal?.reason);
      });
    });
    try {
      return await Promise.race([this.#released.then(() => reply), ended]);
    } finally {
      cancel?.();
    }
  }
}

function connectionLost(operation: string): Error {
  return routeError('STORE_ERROR', 'The connection was lost.', { operation }, { retryable: true });
}
