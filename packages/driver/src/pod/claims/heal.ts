import { type Clock, isRouteError, type Link, type TrySetResult, type UserClaim } from '@stateful-route/core';
import { type LimitedLogger, onAbort } from '@stateful-route/core/adapter';
import { backoffMs } from '../../waiting/backoff.ts';
import type { ClaimEnds } from './claim-ends.ts';
import type { ClaimRegistry } from './claim-registry.ts';
import { type ClaimStore, failsPermanently, wroteNothing } from './claim-store.ts';
import type { ClaimGate } from './pod-claims.ts';
import type { Roster } from './roster.ts';

const UNREAD = 'the claims could not be read back; trying again';

/** How many claims are written at a time. */
const WRITE_BATCH = 100;

/** What heal passes depend on. */
export interface HealParts {
  readonly registry: ClaimRegistry;
  readonly ends: ClaimEnds;
  readonly store: ClaimStore;
  readonly roster: Roster | undefined;
  readonly clock: Clock;
  readonly logger: LimitedLogger;
  /** The time between two passes, in ms. */
  readonly periodMs: number;
  /** The first wait after a failed pass, in ms. */
  readonly retryMs: number;
  /** Whether the pod may serve now. */
  readonly isServing: () => boolean;
  /** `isHealing` has changed. */
  readonly onHealing: () => void;
  /** Whether a return is under way, which claims suspended users again. */
  readonly isReturning: () => boolean;
  /** See `ClaimGate.fencedForMs`. */
  readonly fencedForMs: ClaimGate['fencedForMs'];
  readonly ended: AbortSignal;
}

/**
 * Reads the pod's claims back and reconciles them with the store. A link is own if it is a claim of this run: then the
 * store's token is taken over. A missing or temporary link is asserted, that is, claimed again with the old token. Any other
 * claim is lost.
 */
export class Heal {
  readonly #parts: HealParts;
  #pass: Promise<void> | undefined;
  #again = false;
  #isHealing = false;
  #failures = 0;
  #cancelTimer: (() => void) | undefined;

  constructor(parts: HealParts) {
    this.#parts = parts;
    onAbort(parts.ended, () => this.#cancelTimer?.());
  }

  /** Whether callers and returning pods wait for a pass. */
  get isHealing(): boolean {
    return this.#isHealing;
  }

  /** Runs a pass in every period from now on. */
  begin(): void {
    this.#schedule(this.#parts.periodMs);
  }

  /**
   * Runs a pass now, or right after the one under way. A failed pass is repeated. Never rejects. `announced`: the store may have
   * lost claims, so heartbeats publish that the pod is healing.
   */
  heal({ announced = false }: { readonly announced?: boolean } = {}): Promise<void> {
    if (announced && this.#parts.registry.users > 0) this.#setHealing(true);
    if (this.#pass) {
      this.#again = true;
      return this.#pass;
    }
    this.#cancelTimer?.();
    this.#pass = this.#run().finally(() => {
      this.#pass = undefined;
    });
    return this.#pass;
  }

  /** Reads one user's claim back, in the user's turn. */
  async healOne(uid: string): Promise<void> {
    const { registry, logger } = this.#parts;
    try {
      await registry.takeTurn(uid, async () => {
        const token = registry.heldToken(uid);
        if (token === undefined) return;
        const { links } = await this.#parts.store.links([uid]);
        if (links.has(uid) && registry.heldToken(uid) === token)
          await this.#reconcile({ uid, token }, links.get(uid));
      });
    } catch (error) {
      logger.warn({ err: error, uid }, 'the claim could not be read back; the next pass does it');
    }
  }

  /**
   * Claims for the present incarnation what the pod held before it was fenced. Rejects when the store fails; a second call
   * continues with the rest. `onRegained` is called for each user in the step in which the user is held again.
   */
  async reclaim(onRegained: (claim: UserClaim) => void): Promise<void> {
    const { registry } = this.#parts;
    await this.#forEach(registry.claimsIn('suspended'), ({ uid }, link) =>
      registry.takeTurn(uid, () => this.#reclaimOne(uid, link, onRegained)),
    );
  }

  async #run(): Promise<void> {
    const { logger, ended, registry } = this.#parts;
    let nextMs = this.#parts.periodMs;
    try {
      do {
        this.#again = false;
        await this.#healOnce();
      } while (this.#again && !ended.aborted);
      this.#failures = 0;
      // A pod that is fenced reads nothing: that says nothing of the store.
      if (this.#parts.isServing()) logger.over({}, UNREAD, 'the claims can be read back again');
      this.#setHealing(false);
    } catch (error) {
      nextMs = Math.min(nextMs, backoffMs(this.#parts.retryMs, this.#failures));
      this.#failures += 1;
      if (!ended.aborted) logger.warn({ err: error, users: registry.users }, UNREAD);
    }
    this.#schedule(nextMs);
  }

  async #healOnce(): Promise<void> {
    const { registry, store, isServing, roster, ends } = this.#parts;
    if (!isServing()) return;
    const versions = new Map<string, number>();
    const held = registry.claimsIn('held');
    for (const { uid } of held) versions.set(uid, registry.version(uid));
    await this.#forEach(held, async (claim, link) => {
      const { uid, token } = claim;
      // The read took no turn: it counts only if the user has not changed since.
      const isCurrent = (): boolean => registry.version(uid) === versions.get(uid);
      if (!isCurrent()) return;
      if (link && store.isOwn(link)) {
        this.#adopt(uid, token, link);
        await roster?.enter(uid);
        return;
      }
      await registry.takeTurn(uid, async () => {
        if (!isCurrent()) return;
        await roster?.enter(uid);
        await this.#reconcile(claim, link);
      });
    });
    if (!this.#parts.isReturning()) await this.reclaim(() => {});
    // Waiting users of an earlier run: the ordinal's claim still exists, or it was ended.
    await this.#forEach(registry.claimsIn('waiting'), async ({ uid, token }, link) => {
      if (link?.permanent && link.podId === store.podId) return;
      registry.apply(uid, { type: 'gone', token });
      await ends.leaveRoster(uid);
    });
  }

  /**
   * Calls `use` for each user with the user's link, some at a time. Users with damaged keys are reported and skipped. Rejects at
   * the end if the store failed for some user.
   */
  async #forEach(
    claims: readonly UserClaim[],
    use: (claim: UserClaim, link: Link | undefined) => Promise<void>,
  ): Promise<void> {
    const { store, logger, ended } = this.#parts;
    const { links, refusal } = await store.links(claims.map(({ uid }) => uid));
    const readable = claims.filter(({ uid }) => links.has(uid));
    const errors: unknown[] = [];
    for (let at = 0; at < readable.length && !ended.aborted; at += WRITE_BATCH) {
      const some = readable.slice(at, at + WRITE_BATCH);
      const ends = await Promise.allSettled(some.map((claim) => use(claim, links.get(claim.uid))));
      for (const end of ends) if (end.status === 'rejected') errors.push(end.reason);
      // The store is unavailable: the next pass continues.
      if (errors.some((error) => !failsPermanently(error))) break;
    }
    const damaged = claims.length - readable.length + errors.filter(failsPermanently).length;
    if (damaged > 0) {
      const err: unknown = refusal ?? errors.find(failsPermanently);
      logger.error(
        { users: damaged, err },
        'claims cannot be read back, as the store refuses them permanently; remove or repair the keys of these users',
      );
    }
    const passing = errors.find((error) => !failsPermanently(error));
    if (passing !== undefined) throw passing as Error;
  }

  /** Reconciles a held user with a link that is current. */
  async #reconcile(claim: UserClaim, link: Link | undefined): Promise<void> {
    const { registry, store } = this.#parts;
    const { uid, token } = claim;
    if (link && store.isOwn(link)) {
      this.#adopt(uid, token, link);
      return;
    }
    if ((!link || !link.permanent) && (await this.#assert(claim))) return;
    registry.apply(uid, { type: 'gone', token });
    await this.#parts.ends.leaveRoster(uid);
  }

  #adopt(uid: string, token: number, link: Link): void {
    if (link.token !== undefined && link.token !== token) {
      this.#parts.registry.apply(uid, { type: 'found', token: link.token });
    }
  }

  /** Puts a lost claim back. Returns false if it was ended on purpose, or is another pod's. */
  async #assert({ uid, token }: UserClaim): Promise<boolean> {
    const { store, registry } = this.#parts;
    // The user was suspended meanwhile: then the return claims the user.
    if (registry.heldToken(uid) !== token) return true;
    const timeoutMs = store.claimMs();
    const verify = this.#verifyAfter(uid, timeoutMs);
    try {
      const { linked } = await store.claim(uid, { assertToken: token, timeoutMs }, verify);
      return linked;
    } catch (error) {
      if (!wroteNothing(error)) verify();
      if (!isRouteError(error, 'FENCED') || Number.isFinite(await this.#parts.fencedForMs(error)))
        throw error;
      return false;
    }
  }

  async #reclaimOne(
    uid: string,
    link: Link | undefined,
    onRegained: (claim: UserClaim) => void,
  ): Promise<void> {
    const { registry, store, ends, roster } = this.#parts;
    // Fenced again meanwhile: the next incarnation claims the user.
    if (!this.#parts.isServing()) return;
    const op = registry.nextOperation();
    const { state } = registry.apply(uid, { type: 'reclaim', op });
    if (state.at !== 'reclaiming' || state.op !== op) return;
    const isAbsent = !link || !link.permanent;
    if (!isAbsent && !store.isOwn(link)) {
      registry.apply(uid, { type: 'refused', op });
      await ends.leaveRoster(uid);
      return;
    }
    const isCurrent = (): boolean => {
      const { state: now } = registry.life(uid);
      return now.at === 'reclaiming' && now.op === op;
    };
    let verify = (): void => {};
    const claim = (condition: { assertToken: number } | { onlyIfClaimed: true }): Promise<TrySetResult> => {
      const timeoutMs = store.claimMs();
      verify = this.#verifyAfter(uid, timeoutMs);
      return store.claim(uid, { ...condition, timeoutMs }, verify);
    };
    try {
      await roster?.enter(uid);
      if (!isCurrent()) return;
      let outcome = await claim(isAbsent ? { assertToken: state.token } : { onlyIfClaimed: true });
      // The claim of an earlier request, whose reply did not arrive in time, may have acted since the link was read.
      if (!outcome.linked && isAbsent && (await store.isOwnNow(uid)) && isCurrent()) {
        outcome = await claim({ onlyIfClaimed: true });
      }
      const { linked, token } = outcome;
      if (linked && token !== undefined) {
        registry.apply(uid, { type: 'linked', op, token, untilRelease: false });
        onRegained({ uid, token });
      } else registry.apply(uid, { type: 'refused', op });
      await ends.leaveRoster(uid);
    } catch (error) {
      const inDoubt = !wroteNothing(error);
      registry.apply(uid, { type: inDoubt ? 'unknown' : 'failed', op });
      if (inDoubt) verify();
      if (!isRouteError(error, 'FENCED')) throw error;
      // A later run, which may be alive, has claimed the user. If it is not alive, a later pass claims the user.
      if (Number.isFinite(await this.#parts.fencedForMs(error))) return;
      registry.apply(uid, { type: 'gone', token: state.token });
    }
  }

  /** Returns a function that verifies the user after a write begun now, which may still act after its call. It does so once. */
  #verifyAfter(uid: string, timeoutMs: number): () => void {
    const { ends, store } = this.#parts;
    const deadline = store.deadline(timeoutMs);
    let called = false;
    return () => {
      if (!called) ends.verifyAfter(uid, deadline);
      called = true;
    };
  }

  #setHealing(isHealing: boolean): void {
    if (this.#isHealing === isHealing) return;
    this.#isHealing = isHealing;
    this.#parts.onHealing();
  }

  #schedule(ms: number): void {
    if (this.#parts.ended.aborted) return;
    this.#cancelTimer?.();
    this.#cancelTimer = this.#parts.clock.setTimeout(() => {
      void this.heal();
    }, ms);
  }
}
