import type { ServiceStateRead } from '@stateful-route/core';
import type { ModelClock } from './model-clock.ts';

interface Directory {
  /** When the model saw it begin. */
  readonly from: number;
  /** When the store says that it began; a removal does not tell, the first reading after it does. */
  at?: number | undefined;
  readonly isQuiet: boolean;
}

/** Since when each service has been known, and whether the store was away before. */
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

  /** Without anything told, a beginning that was not told yet counts from when the model saw it. */
  read(
    service: string,
    told?: { readonly since?: number | undefined },
  ): Pick<ServiceStateRead, 'since' | 'restored' | 'quiet'> {
    const directory = this.#directories.get(service);
    if (directory && told) directory.at ??= this.#clock.timeSince(told.since, directory.from);
    const since = directory && (directory.at ?? directory.from);
    return { since, restored: this.#restored.get(service), quiet: directory?.isQuiet ? since : undefined };
  }
}
