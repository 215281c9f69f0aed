import { type Clock, routeError } from '@stateful-route/core';
import { keyOf } from './key-of.ts';
import { StoredLinks } from './stored-links.ts';
import { StoredRosters } from './stored-rosters.ts';
import { StoredService } from './stored-service.ts';

/** The data of one process in place of a server. Its clock is the wall clock, like a server's. */
export class MemoryStore {
  readonly links: StoredLinks;
  readonly rosters: StoredRosters = new StoredRosters();
  /** By namespace and tag. */
  readonly tags: Map<string, string> = new Map();
  /** The names of registered services, by namespace. */
  readonly registered: Map<string, Set<string>> = new Map();
  /** Grows with each simulated restart. */
  epoch = 1;
  readonly services: Map<string, StoredService> = new Map();
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.links = new StoredLinks(() => this.now());
  }

  /** The store's time: whole ms since the epoch. */
  now(): number {
    return Math.floor(this.#clock.now());
  }

  /** A service's data, if there is any. Reading makes no entry. */
  service(namespace: string, serviceName: string): StoredService | undefined {
    return this.services.get(keyOf(namespace, serviceName));
  }

  /** A service's data; makes an entry if there is none. */
  serviceToChange(namespace: string, serviceName: string): StoredService {
    const known = this.service(namespace, serviceName);
    if (known) return known;
    const made = new StoredService();
    this.services.set(keyOf(namespace, serviceName), made);
    return made;
  }

  /** Refuses a call that rests on a reading of an earlier epoch. */
  checkEpoch(operation: string, epoch: number | undefined): void {
    if (epoch === undefined || epoch === this.epoch) return;
    throw routeError(
      'STORE_ERROR',
      `${operation} was decided in epoch ${epoch} of the store, which is now in ${this.epoch}: nothing was written. Read the service again, and repeat the decision.`,
      { operation, epoch: this.epoch },
    );
  }
}
