import { EventEmitter } from 'node:events';
import type { ServerDriverEvents } from '@stateful-route/core';
import { checkFunction, checkWord, type LimitedLogger } from '@stateful-route/core/adapter';
import type { PodRunListener } from './pod-run.ts';

const eventNames = [
  'beat',
  'fenced',
  'unfenced',
  'claimsLost',
  'handedOff',
  'handOffEnded',
  'drainProgress',
  'duplicateIncarnation',
  'stopped',
] as const satisfies readonly (keyof ServerDriverEvents)[];

type EventArgs = { [E in keyof ServerDriverEvents]: [ServerDriverEvents[E]] };

/** The events of a pod's driver. An error of a listener is logged and affects nothing else. */
export class ServerEvents {
  readonly #emitter = new EventEmitter<EventArgs>();
  readonly #logger: LimitedLogger;

  constructor(logger: LimitedLogger) {
    this.#logger = logger;
    // Any number of listeners is allowed, so the emitter's warning about leaks is off.
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
        // An async listener may fail later.
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

  /** Emits the events of a run. */
  ofRun(podId: number): Omit<PodRunListener, 'intent' | 'orders' | 'changed'> {
    return {
      beat: (validForMs) => this.emit('beat', { validForMs }),
      fenced: (reason) => this.emit('fenced', { reason }),
      unfenced: (incarnation, claims) => this.emit('unfenced', { incarnation, claims }),
      displaced: (incarnation) => this.emit('duplicateIncarnation', { podId, incarnation }),
      lost: (claims) => this.emit('claimsLost', { uids: claims.map(({ uid }) => uid), claims }),
      handedOff: (user) => this.emit('handedOff', user),
      handOffEnded: (end) => this.emit('handOffEnded', end),
    };
  }

  emit<E extends keyof ServerDriverEvents>(event: E, detail: ServerDriverEvents[E]): void {
    const emitter: EventEmitter = this.#emitter;
    emitter.emit(event, detail);
  }
}
