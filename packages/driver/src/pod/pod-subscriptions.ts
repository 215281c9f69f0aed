import type {
  LimitedLogger,
  PodFeedEvent,
  PodIntent,
  StateFeed,
  Unsubscribe,
} from '@stateful-route/core/adapter';
import type { PodPlace } from '../wiring/place.ts';

/** What a pod's subscriptions depend on. */
export interface PodSubscriptionsParts {
  readonly feed: StateFeed;
  readonly logger: LimitedLogger;
  readonly pod: PodPlace;
  /** An intent was pushed. It is obeyed when a heartbeat's reply has it, so a heartbeat should be sent. */
  readonly onPushedIntent: () => void;
  readonly onIntent: (intent: PodIntent) => void;
  /** Another client ended a claim of this pod, or pushes may have been lost. */
  readonly onPodEvent: (event: PodFeedEvent) => void;
}

/**
 * Receives operators' intents and the events of the pod's own channel. An intent is a state: `drain` is in force until `resume`,
 * and an absent intent changes nothing.
 */
export class PodSubscriptions {
  readonly #parts: PodSubscriptionsParts;
  readonly #unsubscribes: Unsubscribe[] = [];
  #intent: PodIntent | undefined;
  /** The intent received before the pod could obey. */
  #pending: PodIntent | undefined;
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
    if (this.#pending) this.onIntent(this.#pending, undefined);
  }

  /** Handles the intent of a heartbeat's reply; `unknown` is a stored word that is no intent. */
  onIntent(intent: PodIntent | undefined, unknown: string | undefined): void {
    if (unknown !== undefined && unknown !== this.#unknown) {
      this.#parts.logger.warn(
        { podId: this.#parts.pod.podId, intent: unknown },
        'the stored intent of the pod is no valid word and is ignored. Set "drain" or "resume"',
      );
    }
    this.#unknown = unknown;
    if (intent === undefined || this.#closed) return;
    if (!this.#obeys) {
      this.#pending = intent;
      return;
    }
    // Without a drain there is nothing to resume.
    const changed = intent === 'drain' ? this.#intent !== 'drain' : this.#intent === 'drain';
    this.#intent = intent;
    if (changed) this.#parts.onIntent(intent);
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
