import type { Clock } from '@stateful-route/core';

/** How long a tag's service is remembered, in ms: tags change seldom, and the service notices a wrong one. */
const TAG_LIFE_MS = 5_000;

/** How many tags are remembered; one more drops the oldest. */
const TAGS_MAX = 10_000;

interface Entry {
  readonly serviceName: string;
  readonly expiresAt: number;
}

/** Remembers for a short time the service of each tag. Unknown tags are not remembered. */
export class TagCache {
  readonly #clock: Clock;
  readonly #entries = new Map<string, Entry>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get(namespace: string, tag: string): string | undefined {
    const entry = this.#entries.get(keyOf(namespace, tag));
    return entry && entry.expiresAt > this.#clock.monotonic() ? entry.serviceName : undefined;
  }

  set(namespace: string, tag: string, serviceName: string): void {
    const key = keyOf(namespace, tag);
    this.#entries.delete(key);
    this.#entries.set(key, { serviceName, expiresAt: this.#clock.monotonic() + TAG_LIFE_MS });
    if (this.#entries.size > TAGS_MAX) this.#entries.delete(this.#entries.keys().next().value!);
  }

  delete(namespace: string, tag: string): void {
    this.#entries.delete(keyOf(namespace, tag));
  }
}

/** A namespace has no "/", so no two pairs have one key. */
function keyOf(namespace: string, tag: string): string {
  return `${namespace}/${tag}`;
}
