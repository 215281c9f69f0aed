import {
  type CallOptions,
  NOT_MINE,
  type ServerDriverEvents,
  type StatefulRouteForServerDriver,
  type UserUse,
} from '@stateful-route/core';
import {
  checkCallOptions,
  checkFunction,
  checkUid,
  invalidParameter,
  LimitedLogger,
} from '@stateful-route/core/adapter';
import type { Host, HostEntity, HostStats, Stay, UseState } from '../host.ts';
import type { HostTelemetry } from '../telemetry/host-telemetry.ts';
import { AgeQueue } from './age-queue.ts';
import { Entity } from './entity.ts';
import { EntityStay } from './entity-stay.ts';
import type { ResolvedHostOptions } from './host-option-rules.ts';
import { type HostParts, insideUse } from './host-parts.ts';
import { Slots } from './slots.ts';

/** How many users are asked to go before a full pod turns a user away. */
const EVICTIONS_MAX = 3;

/** What a host is without its faces. */
type HostCore<State> = Pick<Host<State>, 'use' | 'enter' | 'end' | 'has' | 'entities' | 'stats'>;

/** The entities of one pod. Tells each what the driver tells of its user. */
export class Entities<State> implements HostCore<State> {
  readonly #parts: HostParts<State>;
  readonly #byUid = new Map<string, Entity<State>>();

  constructor(
    server: StatefulRouteForServerDriver,
    options: ResolvedHostOptions<State>,
    telemetry: HostTelemetry,
  ) {
    const { clock, openTimeoutMs, useTimeoutMs, moveWaitMs, idleAfterMs, saveEveryMs } = options;
    const queue = (ageMs: number): AgeQueue => new AgeQueue(clock, ageMs);
    let operation = 0;
    this.#parts = {
      server,
      options,
      logger: new LimitedLogger(options.logger, clock),
      telemetry,
      counts: {
        stays: 0,
        queued: 0,
        opening: 0,
        held: 0,
        opens: 0,
        openFailures: 0,
        saves: 0,
        saveFailures: 0,
      },
      openSlots: new Slots(options.openConcurrency),
      saveSlots: new Slots(options.saveConcurrency),
      unsaved: queue(saveEveryMs),
      idle: queue(idleAfterMs),
      uses: queue(useTimeoutMs),
      moved: queue(moveWaitMs),
      waiting: { opening: queue(openTimeoutMs), open: queue(useTimeoutMs), going: queue(moveWaitMs) },
      nextOperation: () => (operation += 1),
      makeRoom: () => this.#makeRoom(),
      // A stay of an entity that was forgotten may leave late, when there is another one.
      forget: (entity) => {
        if (this.#byUid.get(entity.uid) === entity) this.#byUid.delete(entity.uid);
      },
    };
    this.#listen();
  }

  async use<Result>(
    uid: string,
    use: UseState<State, Result>,
    options?: CallOptions,
  ): Promise<Result | typeof NOT_MINE> {
    checkFunction(use, 'use');
    return this.#asked(uid, options).use(use, options);
  }

  async enter(uid: string, options?: CallOptions): Promise<Stay<State> | typeof NOT_MINE> {
    const entity = this.#asked(uid, options, false);
    const hold = await entity.enter(options);
    return hold === NOT_MINE ? NOT_MINE : new EntityStay(entity, hold, () => this.#checkOutside(uid));
  }

  async end(uid: string): Promise<boolean> {
    checkUid(uid);
    this.#checkOutside(uid);
    const entity = this.#byUid.get(uid);
    if (entity) return entity.end();
    // The application may have claimed the user itself.
    return this.#parts.server.holds(uid) && this.#parts.server.release(uid);
  }

  has(uid: string): boolean {
    return this.#byUid.get(uid)?.view !== undefined;
  }

  *entities(): IterableIterator<HostEntity> {
    for (const entity of this.#byUid.values()) {
      const { view } = entity;
      if (view) yield view;
    }
  }

  stats(): HostStats {
    const { held: _held, ...counts } = this.#parts.counts;
    let entities = 0;
    let unsaved = 0;
    for (const entity of this.#byUid.values()) {
      entities += Number(entity.view !== undefined);
      unsaved += Number(entity.isUnsaved);
    }
    return { ...counts, entities, unsaved };
  }

  #asked(uid: string, options: CallOptions | undefined, isUse = true): Entity<State> {
    if (options !== undefined) checkCallOptions(options);
    const known = this.#byUid.get(uid);
    if (isUse) this.#checkOutside(uid);
    if (known) return known;
    checkUid(uid);
    return this.#entity(uid);
  }

  /** Throws if the caller is inside a use of the user, which would wait for itself. */
  #checkOutside(uid: string): void {
    for (let inside = insideUse.getStore(); inside; inside = inside.outer) {
      if (inside.isRunning && inside.uid === uid && inside.server === this.#parts.server) {
        throw invalidParameter('uid', `is in use here: a use of "${uid}" must not wait for itself`);
      }
    }
  }

  #entity(uid: string): Entity<State> {
    const known = this.#byUid.get(uid);
    if (known) return known;
    const entity = new Entity(this.#parts, uid);
    this.#byUid.set(uid, entity);
    return entity;
  }

  async #makeRoom(): Promise<boolean> {
    for (let tries = 0; tries < EVICTIONS_MAX; tries++) {
      const [longest] = this.#parts.idle.members();
      if (!(longest instanceof Entity)) return false;
      if (await (longest as Entity<State>).evict()) return true;
    }
    return false;
  }

  #listen(): void {
    const { server, options, nextOperation, telemetry } = this.#parts;
    server.on('beat', () => telemetry.begin(() => this.stats().entities));
    const saves = options.saveWhenFenced;
    server.onHandOff((user) => this.#entity(user.uid).handOff(user));
    server.reportUse((uid) => this.#useOf(uid));
    server.on('handOffEnded', (end) => this.#handOffEnded(end));
    server.on('claimsLost', ({ uids }) => {
      for (const uid of uids) this.#byUid.get(uid)?.dispatch({ type: 'lost', op: nextOperation() });
    });
    server.on('fenced', () => {
      for (const entity of this.#byUid.values())
        entity.dispatch({ type: 'fenced', op: nextOperation(), saves });
    });
    server.on('unfenced', ({ claims }) => {
      for (const { uid } of claims) this.#entity(uid).dispatch({ type: 'found' });
    });
    server.on('stopped', () => {
      telemetry.end();
      for (const entity of this.#byUid.values()) entity.dispatch({ type: 'stopped', op: nextOperation() });
    });
  }

  #useOf(uid: string): UserUse {
    const entity = this.#byUid.get(uid);
    if (!entity) return { busy: false };
    return { busy: !entity.isQuiet, idleMs: this.#parts.idle.ageMs(entity) };
  }

  #handOffEnded({ uid, moved, podId }: ServerDriverEvents['handOffEnded']): void {
    const { server, nextOperation, options } = this.#parts;
    if (moved) {
      this.#entity(uid).dispatch({ type: 'moved', op: nextOperation(), to: podId });
    } else if (server.holds(uid)) {
      const entity = this.#entity(uid);
      entity.dispatch({ type: 'stayed' });
      entity.dispatch({ type: 'found' });
    } else {
      // What ended it, a fence or the pod's stop, is told in the same step.
      queueMicrotask(() => {
        const entity = this.#byUid.get(uid);
        if (!entity) return;
        const { state } = entity;
        if (state.at !== 'passing' && !(state.at === 'leaving' && state.why === 'handOff')) return;
        const op = nextOperation();
        if (server.isFenced()) entity.dispatch({ type: 'fenced', op, saves: options.saveWhenFenced });
        else entity.dispatch({ type: 'lost', op });
      });
    }
  }
}
