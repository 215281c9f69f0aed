import type { FeedEvent, LimitedLogger, StateFeed, Unsubscribe } from '@stateful-route/core/adapter';

const UNPUSHED = 'state changes are not pushed for now';

/** A pushed change of one pod. */
export type PushedChange = Extract<FeedEvent, { type: 'state' }>;

/** What one service's feed depends on. */
export interface ServiceFeedParts {
  readonly feed: StateFeed;
  readonly logger: LimitedLogger;
  /** How long a subscription may take. */
  readonly subscribeMs: number;
  readonly onChange: (change: PushedChange) => void;
  /** Changes may have been lost: the service is to be read again. */
  readonly onMissed: () => void;
}

/** The pushed changes of one service, in order and without gaps; a gap is reported. */
export class ServiceFeed {
  readonly #service: { readonly namespace: string; readonly serviceName: string };
  readonly #parts: ServiceFeedParts;
  #subscribing: Promise<void> | undefined;
  #unsubscribe: Unsubscribe | undefined;
  #sequence: number | undefined;
  #failed = false;
  #paused = false;
  #closed = false;

  constructor(
    service: { readonly namespace: string; readonly serviceName: string },
    parts: ServiceFeedParts,
  ) {
    this.#service = service;
    this.#parts = parts;
  }

  /**
   * Subscribes, unless it has. Resolves when the attempt has succeeded or failed. If the last attempt failed, it resolves at
   * once and tries again in the background, so that reading goes on without push. Never rejects.
   */
  ready(): Promise<void> {
    this.#paused = false;
    if (this.#unsubscribe || this.#closed) return Promise.resolve();
    this.#subscribing ??= this.#subscribe().finally(() => {
      this.#subscribing = undefined;
    });
    return this.#failed ? Promise.resolve() : this.#subscribing;
  }

  get isPaused(): boolean {
    return this.#paused;
  }

  /** Ends the subscription until `ready` is called again. Never rejects. */
  async pause(): Promise<void> {
    this.#paused = true;
    this.#sequence = undefined;
    const unsubscribe = this.#unsubscribe;
    this.#unsubscribe = undefined;
    try {
      await unsubscribe?.();
    } catch (error) {
      this.#parts.logger.warn({ err: error, ...this.#service }, 'a subscription did not end cleanly');
    }
  }

  /** Ends the subscription permanently. Never rejects. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.pause();
  }

  async #subscribe(): Promise<void> {
    const { namespace, serviceName } = this.#service;
    const { feed, logger, subscribeMs, onMissed } = this.#parts;
    const listener = (event: FeedEvent): void => {
      if (!this.#closed) this.#onEvent(event);
    };
    try {
      const unsubscribe = await feed.subscribe(namespace, serviceName, listener, { timeoutMs: subscribeMs });
      if (this.#closed) {
        await unsubscribe();
        return;
      }
      this.#unsubscribe = unsubscribe;
      logger.over(this.#service, UNPUSHED, 'state changes are pushed again');
      // Reads since the failure did not wait for the subscription.
      if (this.#failed) onMissed();
      this.#failed = false;
    } catch (error) {
      logger.warn({ err: error, ...this.#service }, UNPUSHED);
      this.#failed = true;
    }
  }

  #onEvent(event: FeedEvent): void {
    const { onChange, onMissed } = this.#parts;
    if (event.type === 'missed') {
      this.#sequence = undefined;
      onMissed();
      return;
    }
    const isNext = this.#sequence === undefined || event.sequence === this.#sequence + 1;
    this.#sequence = event.sequence;
    if (!isNext) onMissed();
    else if (event.type === 'state') onChange(event);
  }
}
