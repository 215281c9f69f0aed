import type { Clock } from '@stateful-route/core';
import { keyOf } from './key-of.ts';
import { MemoryLinks } from './memory-links.ts';
import { MemoryService } from './memory-service.ts';

/** What one process remembers in place of a server. Its clock is the wall clock, as a server's is. */
export class MemoryStore {
  readonly links: MemoryLinks;
  /** By namespace and tag. */
  readonly tags: Map<string, string> = new Map();
  /** The names of registered services, by namespace. */
  readonly registered: Map<string, Set<string>> = new Map();
  readonly #services = new Map<string, MemoryService>();
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.links = new MemoryLinks(() => this.now());
  }

  /** The store's time: whole ms since the epoch. */
  now(): number {
    return Math.floor(this.#clock.now());
  }

  /** What is known of a service. A question makes no entry. */
  service(namespace: string, serviceName: string): MemoryService | undefined {
    return this.#services.get(keyOf(namespace, serviceName));
  }

  /** What is known of a service, to be added to. */
  serviceToChange(namespace: string, serviceName: string): MemoryService {
    const known = this.service(namespace, serviceName);
    if (known) return known;
    const made = new MemoryService();
    this.#services.set(keyOf(namespace, serviceName), made);
    return made;
  }
}
