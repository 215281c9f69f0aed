import type { Frozen } from '@stateful-route/core';
import { QUARANTINED_MAX } from '@stateful-route/core/adapter';
import type { ModelClock } from './model-clock.ts';
import type { ModelJournal } from './model-journal.ts';

/** The callers of each service, and whether its evening out is stopped. */
export class ModelFleet {
  readonly #clock: ModelClock;
  readonly #journal: ModelJournal;
  readonly #frozen = new Map<string, Frozen>();
  #quarantined: { readonly service: string; readonly uid: string; readonly until: number }[] = [];
  #callers: { readonly service: string; readonly id: string; readonly until: number }[] = [];

  constructor(clock: ModelClock, journal: ModelJournal) {
    this.#clock = clock;
    this.#journal = journal;
  }

  freeze(service: string, frozen: boolean, by: string | undefined): boolean {
    if (this.#frozen.has(service) === frozen) return false;
    if (frozen) this.#frozen.set(service, { at: this.#clock.now, by });
    else this.#frozen.delete(service);
    this.#journal.write(service, { type: frozen ? 'frozen' : 'unfrozen', by });
    return true;
  }

  frozen(service: string, replied: Frozen | undefined): Frozen | undefined {
    const known = this.#frozen.get(service);
    return known && { ...known, at: this.#clock.timeSince(replied?.at, known.at) };
  }

  quarantine(service: string, uid: string, ttlMs: number): boolean {
    const known = this.#quarantinedIn(service);
    if (known.some((each) => each.uid === uid)) return true;
    if (known.length >= QUARANTINED_MAX) return false;
    this.#quarantined.push({ service, uid, until: this.#clock.now + ttlMs });
    this.#journal.write(service, { type: 'quarantined', uid });
    return true;
  }

  unquarantine(service: string, uid: string, by: string | undefined): boolean {
    const was = this.#quarantinedIn(service).some((each) => each.uid === uid);
    this.#quarantined = this.#quarantined.filter((each) => each.service !== service || each.uid !== uid);
    if (was) this.#journal.write(service, { type: 'unquarantined', uid, by });
    return was;
  }

  #quarantinedIn(service: string): readonly { readonly uid: string }[] {
    return this.#quarantined.filter((each) => each.service === service && each.until > this.#clock.now);
  }

  announce(service: string, id: string, ttlMs: number): number {
    const { now } = this.#clock;
    const isOther = (each: { readonly service: string; readonly id: string }): boolean =>
      each.service !== service || each.id !== id;
    this.#callers = this.#callers.filter((each) => isOther(each) && each.until > now);
    this.#callers.push({ service, id, until: now + ttlMs });
    return this.callers(service)!;
  }

  callers(service: string): number | undefined {
    const counted = this.#callers.filter(
      (each) => each.service === service && each.until > this.#clock.now,
    ).length;
    return counted === 0 ? undefined : counted;
  }
}
