import type { ServiceStateRead } from '@stateful-route/core';
import type { ModelClock } from './model-clock.ts';

interface Directory {
  /** When the model saw it begin. */
  readonly from: number;
  /** The store's own `since`. A removal does not return it, the first reading after it does. */
  at?: number | undefined;
  readonly isQuiet: boolean;
}

/** The `since` of each service, and whether the store was away before. */
export class ModelDirectories {
  readonly #clock: ModelClock;
  readonly #directories = new Map<string, Directory>();
  readonly #restored = new Map<string, number>();

  constructor(clock: ModelClock) {
    this.#clock = clock;
  }

  begin(service: string, { at, quiet }: { readonly at?: number; readonly quiet: boolean }): void {
    this.#directories.set(service, { from: this.#clock.now, at, isQuiet: quiet });
  }

  restore(service: string, at: number): void {
    if (!this.#restored.has(service)) this.#restored.set(service, at);
  }

  /** A `since` that no reply has returned yet is the time at which the model saw the reset. */
  read(
    service: string,
    replied?: { readonly since?: number | undefined },
  ): Pick<ServiceStateRead, 'since' | 'restored' | 'quiet'> {
    const directory = this.#directories.get(service);
    if (directory && replied) directory.at ??= this.#clock.timeSince(replied.since, directory.from);
    const since = directory && (directory.at ?? directory.from);
    return { since, restored: this.#restored.get(service), quiet: directory?.isQuiet ? since : undefined };
  }
}
