import type {
  FeedEvent,
  FeedListener,
  PodFeedEvent,
  PodFeedListener,
  StateFeed,
  Unsubscribe,
} from '@stateful-route/core/adapter';
import { keyOf } from '../stored/key-of.ts';
import { MemoryChannels } from './memory-channels.ts';

/** Push within one process. It loses events only if a test makes it. */
export class MemoryStateFeed implements StateFeed {
  readonly #services = new MemoryChannels<FeedEvent>();
  readonly #pods = new MemoryChannels<PodFeedEvent>();

  async subscribe(namespace: string, serviceName: string, listener: FeedListener): Promise<Unsubscribe> {
    return this.#services.subscribe(keyOf(namespace, serviceName), listener);
  }

  async subscribePod(
    namespace: string,
    serviceName: string,
    podId: number,
    listener: PodFeedListener,
  ): Promise<Unsubscribe> {
    return this.#pods.subscribe(keyOf(namespace, serviceName, String(podId)), listener);
  }

  publish(namespace: string, serviceName: string, event: FeedEvent): void {
    this.#services.publish(keyOf(namespace, serviceName), event);
  }

  publishToPod(namespace: string, serviceName: string, podId: number, event: PodFeedEvent): void {
    this.#pods.publish(keyOf(namespace, serviceName, String(podId)), event);
  }

  /** Calls every listener with `missed`. */
  publishMissed(): void {
    this.#services.publishToAll({ type: 'missed' });
    this.#pods.publishToAll({ type: 'missed' });
  }

  /** Ends every subscription. */
  close(): void {
    this.#services.close();
    this.#pods.close();
  }
}
