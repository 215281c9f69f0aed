import type { RoutingStateChange, RoutingStateListener, Unregister } from '@stateful-route/core';
import { type LimitedLogger, checkFunction, checkNamespace } from '@stateful-route/core/adapter';
import { inject, injectable } from 'tsyringe';
import { tokens } from '../wiring/tokens.ts';

interface Registration {
  readonly listener: RoutingStateListener;
  /** Resolves when the listener has dealt with everything given to it so far. */
  done: Promise<void>;
}

/**
 * Dispatches changes of routing states: the state cache publishes, drivers register. A listener gets a namespace's
 * changes in order, one at a time; a slow or failing one holds up nobody else.
 */
@injectable()
export class EventManager {
  readonly #logger: LimitedLogger;
  readonly #registrations = new Map<string, Set<Registration>>();

  constructor(@inject(tokens.limitedLogger) logger: LimitedLogger) {
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

  /** Whether the namespace has listeners. */
  hasListeners(namespace: string): boolean {
    return this.#registrations.has(namespace);
  }

  publish(change: RoutingStateChange): void {
    const registrations = this.#registrations.get(change.namespace);
    for (const registration of registrations ?? []) {
      registration.done = registration.done
        // Unregistered meanwhile, it is told nothing more.
        .then(() => (registrations?.has(registration) ? registration.listener(change) : undefined))
        .catch((error: unknown) => {
          this.#logger.error({ err: error, ...named(change) }, 'a routing state listener failed');
        });
    }
  }
}

function named({
  namespace,
  serviceName,
  podId,
}: RoutingStateChange): Pick<RoutingStateChange, 'namespace' | 'serviceName' | 'podId'> {
  return { namespace, serviceName, podId };
}
