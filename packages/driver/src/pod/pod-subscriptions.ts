import type {
  LimitedLogger,
  PodFeedEvent,
  StateFeed,
  StoredIntent,
  Unsubscribe,
} from '@stateful-route/core/adapter';
import type { PodPlace } from '../wiring/place.ts';

/** An operator's intent, and the rate that came with it. */
export type KnownIntent = Required<Pick<StoredIntent, 'intent'>> & Pick<StoredIntent, 'ratePerSecond'>;

/** What a pod's subscriptions depend on. */
export interface PodSubscriptionsParts {
  readonly feed: StateFeed;
  readonly logger: LimitedLogger;
  readonly pod: PodPlace;
  /** An intent was pushed. It is obeyed when a heartbeat's reply has it, so a heartbeat should be sent. */
  readonly onPushedIntent: () => void;
  readonly onIntent: (intent: KnownIntent) => void;
  /** Another client ended a claim of this pod, or pushes may have been lost. */
  readonly onPodEvent: (event: PodFeedEvent) => void;
}

/**
 * Receives operators' intents and the events of the pod's own channel. An intent is a state: it is in force until another one
 * comes, and an absent intent changes nothing.
 */
export class PodSubscriptions {
  readonly #parts: PodSubscriptionsParts;
  readonly #unsubscribes: Unsubscribe[] = [];
  #obeyed: KnownIntent | undefined;
  /** The intent received before the pod could obey. */
  #pending: StoredIntent | undefined;
  #unknown: string | undefined;
  #obeys = false;
  #closed = false;

  constructor(parts: PodSubscriptionsParts) {
    this.#parts = parts;
  }

  /** If it fails, heartbeats still bring intents, and heal passes still find claims that were ended. */
  async subscribe(signal: AbortSignal): Promise<void> {
    const { feed, pod, onPodEvent, onPushedIntent } = this.#parts;
    const { namespace, serviceName, podId } = pod;
    await this.#subscribe(
      feed.subscribe(
        namespace,
        serviceName,
        (event) => {
          if (event.type === 'intent' && event.podId === podId) onPushedIntent();
        },
        { signal },
      ),
      signal,
    );
    await this.#subscribe(feed.subscribePod(namespace, serviceName, podId, onPodEvent, { signal }), signal);
  }

  /** Obeys intents from now on, and first the one received before. */
  obey(): void {
    this.#obeys = true;
    if (this.#pending) this.onIntent(this.#pending);
  }

  /** Handles the intent of a heartbeat's reply. */
  onIntent(stored: StoredIntent): void {
    const { intent, ratePerSecond, unknownIntent: unknown } = stored;
    if (unknown !== undefined && unknown !== this.#unknown) {
      this.#parts.logger.warn(
        { podId: this.#parts.pod.podId, intent: unknown },
        'the stored intent of the pod is no valid word and is ignored. Set "cordon", "drain" or "resume"',
      );
    }
    this.#unknown = unknown;
    if (intent === undefined || this.#closed) return;
    if (!this.#obeys) {
      this.#pending = stored;
      return;
    }
    // At first there is nothing to resume.
    const { intent: before = 'resume', ratePerSecond: rateBefore } = this.#obeyed ?? {};
    if (intent === before && ratePerSecond === rateBefore) return;
    this.#obeyed = { intent, ratePerSecond };
    this.#parts.onIntent(this.#obeyed);
  }

  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all(this.#unsubscribes.map((unsubscribe) => unsubscribe()));
  }

  async #subscribe(subscribing: Promise<Unsubscribe>, signal: AbortSignal): Promise<void> {
    try {
      const unsubscribe = await subscribing;
      if (this.#closed) await unsubscribe();
      else this.#unsubscribes.push(unsubscribe);
    } catch (error) {
      signal.throwIfAborted();
      this.#parts.logger.warn(
        { err: error, podId: this.#parts.pod.podId },
        'a subscription of the pod failed; heartbeats and heal passes find the same changes later',
      );
    }
  }
}
