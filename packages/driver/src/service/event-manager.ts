import type { RoutingStateChange, RoutingStateListener, Unregister } from '@stateful-route/core';
import { checkFunction, checkNamespace, type LimitedLogger } from '@stateful-route/core/adapter';
import { inject, injectable } from 'tsyringe';
import { internalTokens } from '../wiring/tokens.ts';

/** Passes changes of pods' states from the state cache, which publishes them, to the listeners of their namespace. */
export interface EventManager {
  register(namespace: string, listener: RoutingStateListener): Unregister;
  /** Whether the namespace has listeners. While it has, its services are not forgotten. */
  hasListeners(namespace: string): boolean;
  publish(change: RoutingStateChange): void;
}

interface Registration {
  readonly listener: RoutingStateListener;
  /** Resolves when the listener has handled everything published so far. */
  done: Promise<void>;
}

/** Calls each listener with one change at a time, in order. A slow or failing listener delays no other. */
@injectable()
export class RoutingStateEvents implements EventManager {
  readonly #logger: LimitedLogger;
  readonly #registrations = new Map<string, Set<Registration>>();

  constructor(@inject(internalTokens.limitedLogger) logger: LimitedLogger) {
    this.#logger = logger;
  }

  register(namespace: string, listener: RoutingStateListener): Unregister {
    checkNamespace(namespace);
    checkFunction(listener);
    const registration: Registration = { listener, done: Promise.resolve() };
    const registrations = this.#registrations.get(namespace) ?? new Set();
    this.#registrations.set(namespace, registrations.add(registration));
    return () => {
      registrations.delete(registration);
      if (registrations.size === 0 && this.#registrations.get(namespace) === registrations) {
        this.#registrations.delete(namespace);
      }
    };
  }

  hasListeners(namespace: string): boolean {
    return this.#registrations.has(namespace);
  }

  publish(change: RoutingStateChange): void {
    const { namespace, serviceName, podId } = change;
    const registrations = this.#registrations.get(namespace);
    for (const registration of registrations ?? []) {
      registration.done = registration.done
        // It may have been unregistered meanwhile.
        .then(() => (registrations?.has(registration) ? registration.listener(change) : undefined))
        .catch((error: unknown) => {
          const fields = { err: error, namespace, serviceName, podId };
          this.#logger.error(fields, 'a routing state listener failed');
        });
    }
  }
}
