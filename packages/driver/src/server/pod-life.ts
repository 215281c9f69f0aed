import type { Logger, PodIntent, ServerExecutor, StateFeed, Unsubscribe } from '@stateful-route/core';
import { Heartbeat, type BeatingPod, type HeartbeatParts } from './heartbeat.ts';
import { WorkloadLeader } from './workload-leader.ts';

/** What a life stands on. */
export interface PodLifeParts extends HeartbeatParts {
  readonly server: ServerExecutor;
  readonly feed: StateFeed;
  readonly onIntent: (intent: PodIntent) => void;
  /** Pushes may have been lost, as after a failover of the store. */
  readonly onMissed: () => void;
}

/** One incarnation of a pod, from its first heartbeat to its last: the heartbeat, the leader's part, the operator's ear. */
export class PodLife {
  readonly heartbeat: Heartbeat;
  readonly #pod: BeatingPod;
  readonly #leader: WorkloadLeader;
  readonly #server: ServerExecutor;
  readonly #feed: StateFeed;
  readonly #logger: Logger;
  readonly #onIntent: (intent: PodIntent) => void;
  readonly #onMissed: () => void;
  #unsubscribe: Unsubscribe | undefined;
  #intent: PodIntent | undefined;
  /** What the operator wished before the pod could obey. */
  #pending: PodIntent | undefined;
  #obeys = false;
  #ended = false;

  constructor(pod: BeatingPod, parts: PodLifeParts) {
    const { stateful, clock, logger, config } = parts;
    this.#pod = pod;
    this.#server = parts.server;
    this.#feed = parts.feed;
    this.#logger = logger;
    this.#onIntent = parts.onIntent;
    this.#onMissed = parts.onMissed;
    this.heartbeat = new Heartbeat(pod, {
      ...parts,
      onAck: (ack, sentAt) => {
        parts.onAck(ack, sentAt);
        if (ack.intent) this.#heed(ack.intent);
      },
    });
    const periodMs = config.workloadStateUpdatePeriodSeconds * 1_000;
    this.#leader = new WorkloadLeader(pod, { stateful, clock, logger, periodMs });
  }

  get incarnation(): string {
    return this.#pod.incarnation;
  }

  /** Resolves when the first heartbeat is acknowledged. */
  async begin(signal: AbortSignal): Promise<void> {
    const { namespace, serviceName } = this.#pod;
    await this.#server.registerService(namespace, serviceName, { signal });
    await this.heartbeat.begin(signal);
    await this.#listen(signal);
    this.#leader.begin();
  }

  /** From now on operators' wishes are obeyed, the one that stood at the start first. */
  obey(): void {
    this.#obeys = true;
    if (this.#pending) this.#heed(this.#pending);
  }

  /** Ends all timers and the subscription, and sends a last heartbeat with this state, if one is given. */
  async end(state?: 'TERMINATING'): Promise<void> {
    this.#ended = true;
    this.#leader.end();
    try {
      await Promise.all([this.heartbeat.end(state), this.#unsubscribe?.()]);
    } catch (error) {
      // The lease ends by itself; a pod that cannot say so is no reason not to stop.
      this.#logger.warn({ err: error, podId: this.#pod.podId }, 'the last heartbeat was not acknowledged');
    }
  }

  /** Intents come with every heartbeat's reply; the push only makes them quick. */
  async #listen(signal: AbortSignal): Promise<void> {
    const { namespace, serviceName, podId } = this.#pod;
    try {
      const unsubscribe = await this.#feed.subscribe(
        namespace,
        serviceName,
        (event) => {
          if (event.type === 'intent' && event.podId === podId) this.#heed(event.intent);
          else if (event.type === 'missed') this.#onMissed();
        },
        { signal },
      );
      if (this.#ended) await unsubscribe();
      else this.#unsubscribe = unsubscribe;
    } catch (error) {
      signal.throwIfAborted();
      this.#logger.warn(
        { err: error, podId },
        "operators' wishes are not pushed; heartbeats still carry them",
      );
    }
  }

  #heed(intent: PodIntent): void {
    if (!this.#obeys) {
      this.#pending = intent;
      return;
    }
    // A resume counts after a drain only: before one there is nothing to resume.
    const changed = intent === 'drain' ? this.#intent !== 'drain' : this.#intent === 'drain';
    this.#intent = intent;
    if (changed && !this.#ended) this.#onIntent(intent);
  }
}
