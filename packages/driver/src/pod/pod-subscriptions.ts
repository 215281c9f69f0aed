import type {
  LimitedLogger,
  PodFeedEvent,
  PodIntent,
  StateFeed,
  Unsubscribe,
} from '@stateful-route/core/adapter';
import type { BeatingPod } from './life/heartbeat.ts';

/** What an ear stands on. */
export interface OperatorEarParts {
  readonly feed: StateFeed;
  readonly logger: LimitedLogger;
  readonly pod: BeatingPod;
  /** An intent was pushed: a reason to beat, as the heartbeat's reply is what is obeyed. */
  readonly onPushedIntent: () => void;
  readonly onIntent: (intent: PodIntent) => void;
  /** Somebody else ended a claim of this pod, or pushes may have been lost. */
  readonly onPodEvent: (event: PodFeedEvent) => void;
}

/**
 * Hears operators, and what others do to this pod's claims. An intent is a state: `drain` stands until the word `resume`, and
 * a missing one changes nothing.
 */
export class OperatorEar {
  readonly #parts: OperatorEarParts;
  readonly #unsubscribes: Unsubscribe[] = [];
  #intent: PodIntent | undefined;
  /** What stood before the pod could obey. */
  #pending: PodIntent | undefined;
  #unknown: string | undefined;
  #obeys = false;
  #closed = false;

  constructor(parts: OperatorEarParts) {
    this.#parts = parts;
  }

  /** Subscribes. Where that fails, heartbeats still carry intents, and heal passes find what was done to claims. */
  async listen(signal: AbortSignal): Promise<void> {
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

  /** From now on intents are obeyed, the one that stood at the start first. */
  obey(): void {
    this.#obeys = true;
    if (this.#pending) this.heed(this.#pending, undefined);
  }

  /** What a heartbeat's reply says. */
  heed(intent: PodIntent | undefined, unknown: string | undefined): void {
    if (unknown !== undefined && unknown !== this.#unknown) {
      this.#parts.logger.warn(
        { podId: this.#parts.pod.podId, intent: unknown },
        'the word under the pod\'s intent is none; it is ignored. Set "drain" or "resume"',
      );
    }
    this.#unknown = unknown;
    if (intent === undefined || this.#closed) return;
    if (!this.#obeys) {
      this.#pending = intent;
      return;
    }
    // A resume counts after a drain only: before one there is nothing to resume.
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
        'the pod is pushed nothing; heartbeats and heal passes find the same later',
      );
    }
  }
}
