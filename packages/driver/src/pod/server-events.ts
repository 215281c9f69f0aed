import { EventEmitter } from 'node:events';
import type { PodRunListener } from './pod-run.ts';
import type { ServerDriverEvents } from '@stateful-route/core';
import { checkFunction, checkWord, type LimitedLogger } from '@stateful-route/core/adapter';

const eventNames = [
  'fenced',
  'unfenced',
  'claimsLost',
  'handedOff',
  'drainProgress',
  'duplicateIncarnation',
] as const satisfies readonly (keyof ServerDriverEvents)[];

type EventArgs = { [E in keyof ServerDriverEvents]: [ServerDriverEvents[E]] };

/** A pod driver's events; a listener that throws is logged and hurts nobody. */
export class ServerEvents {
  readonly #emitter = new EventEmitter<EventArgs>();
  readonly #logger: LimitedLogger;

  constructor(logger: LimitedLogger) {
    this.#logger = logger;
    // Any number of listeners is the contract; the emitter's warning is for leaks of another kind.
    this.#emitter.setMaxListeners(0);
  }

  on<E extends keyof ServerDriverEvents>(
    event: E,
    listener: (detail: ServerDriverEvents[E]) => void,
  ): () => void {
    checkWord(event, 'event', eventNames);
    checkFunction(listener);
    const guarded = (detail: ServerDriverEvents[E]): void => {
      const failed = (error: unknown): void => {
        this.#logger.error({ err: error, event }, 'a listener of the pod failed');
      };
      try {
        // One that returns a promise may fail later.
        Promise.resolve(listener(detail) as unknown).catch(failed);
      } catch (error) {
        failed(error);
      }
    };
    const emitter: EventEmitter = this.#emitter;
    emitter.on(event, guarded);
    return () => {
      emitter.off(event, guarded);
    };
  }

  /** What a run tells of, as events. */
  ofRun(podId: number): Omit<PodRunListener, 'intent' | 'changed'> {
    return {
      fenced: (reason) => this.emit('fenced', { reason }),
      unfenced: (incarnation, claims) => this.emit('unfenced', { incarnation, claims }),
      displaced: (incarnation) => this.emit('duplicateIncarnation', { podId, incarnation }),
      lost: (claims) => this.emit('claimsLost', { uids: claims.map(({ uid }) => uid), claims }),
      handedOff: (user) => this.emit('handedOff', user),
    };
  }

  emit<E extends keyof ServerDriverEvents>(event: E, detail: ServerDriverEvents[E]): void {
    const emitter: EventEmitter = this.#emitter;
    emitter.emit(event, detail);
  }
}
