import {
  BATCH_LIMIT,
  type Clock,
  type Link,
  type Logger,
  PERSIST_FOREVER,
  type StatefulExecutor,
} from '@stateful-route/core';
import type { ClaimRegistry, HeldClaim } from './claim-registry.ts';
import type { LinkingPod } from './pod-links.ts';

/** How many claims are asserted at a time. */
const ASSERT_BATCH = 100;

/** What a keeper stands on. */
export interface ClaimKeeperParts {
  readonly stateful: StatefulExecutor;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly pod: LinkingPod;
  readonly claims: ClaimRegistry;
  /** How often all claims are read back, in ms. */
  readonly periodMs: number;
  /** When a pass that failed is tried again, in ms. */
  readonly retryMs: number;
  /** The incarnation that serves now; `undefined` while none does. */
  readonly serving: () => string | undefined;
  readonly onLost: (uids: readonly string[]) => void;
}

/**
 * Keeps what the pod believes and what the store says about its claims the same. A claim whose link is gone is asserted
 * with its old token; one that the store has given to somebody else is lost, and reported.
 */
export class ClaimKeeper {
  readonly #parts: ClaimKeeperParts;
  #pass: Promise<void> | undefined;
  #again = false;
  #cancelTimer: (() => void) | undefined;
  #ended = false;

  constructor(parts: ClaimKeeperParts) {
    this.#parts = parts;
  }

  /** Passes once in every period from now on. */
  begin(): void {
    this.#schedule(this.#parts.periodMs);
  }

  end(): void {
    this.#ended = true;
    this.#cancelTimer?.();
  }

  /** Reads all claims back now, or right after the pass under way; tried again until it succeeds. */
  heal(): Promise<void> {
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

  /**
   * Claims anew, for the incarnation given, each link that still carries its old token. Rejects when the store fails:
   * what was regained until then is registered, and the call may be repeated with the rest.
   */
  async reclaim(
    old: readonly HeldClaim[],
    incarnation: string,
  ): Promise<{ readonly regained: readonly HeldClaim[]; readonly lost: readonly string[] }> {
    const regained: HeldClaim[] = [];
    const lost: string[] = [];
    await this.#each(old, async ({ uid, token }, link) => {
      const claimed = this.#isOwn(link, token) ? await this.#claim(uid, incarnation) : undefined;
      if (claimed === undefined) lost.push(uid);
      else regained.push({ uid, token: claimed });
    });
    return { regained, lost };
  }

  async #run(): Promise<void> {
    let retryMs = this.#parts.periodMs;
    try {
      do {
        this.#again = false;
        await this.#healOnce();
      } while (this.#again && !this.#ended);
    } catch (error) {
      retryMs = this.#parts.retryMs;
      if (!this.#ended)
        this.#parts.logger.warn({ err: error }, 'the claims could not be read back; trying again');
    }
    this.#schedule(retryMs);
  }

  async #healOnce(): Promise<void> {
    const { claims, onLost, serving } = this.#parts;
    const incarnation = serving();
    if (incarnation === undefined) return;
    const lost: string[] = [];
    await this.#each(claims.held(), async ({ uid, token }, link) => {
      if (this.#isOwn(link, token) || (!link && (await this.#assert(uid, token, incarnation)))) return;
      // Released or claimed anew while the store was asked: then the answer was of an older claim.
      if (serving() === incarnation && claims.token(uid) === token && claims.delete(uid, token))
        lost.push(uid);
    });
    if (lost.length > 0) onLost(lost);
  }

  /** Runs `use` with each claim and the link that the store has of it, 1,000 links a round trip. */
  async #each(
    all: readonly HeldClaim[],
    use: (claim: HeldClaim, link: Link | undefined) => Promise<void>,
  ): Promise<void> {
    const { stateful, pod } = this.#parts;
    for (let at = 0; at < all.length && !this.#ended; at += BATCH_LIMIT) {
      const batch = all.slice(at, at + BATCH_LIMIT);
      const uids = batch.map(({ uid }) => uid);
      const links = await stateful.batchGetLink(pod.namespace, uids, pod.serviceName);
      for (let from = 0; from < batch.length; from += ASSERT_BATCH) {
        const some = batch.slice(from, from + ASSERT_BATCH);
        await Promise.all(some.map((claim) => use(claim, links.get(claim.uid))));
      }
    }
  }

  #isOwn(link: Link | undefined, token: number): boolean {
    return (
      link !== undefined && link.permanent && link.podId === this.#parts.pod.podId && link.token === token
    );
  }

  async #assert(uid: string, token: number, incarnation: string): Promise<boolean> {
    const { stateful, pod, claims } = this.#parts;
    // Given up while the store was asked: it must not be put back.
    if (claims.token(uid) !== token || !claims.holds(uid)) return true;
    const { namespace, serviceName, podId } = pod;
    const { linked } = await stateful.trySetLinkedPod(namespace, uid, serviceName, podId, PERSIST_FOREVER, {
      incarnation,
      assertToken: token,
    });
    return linked;
  }

  async #claim(uid: string, incarnation: string): Promise<number | undefined> {
    const { stateful, pod, claims } = this.#parts;
    const { namespace, serviceName, podId } = pod;
    const { linked, token } = await stateful.trySetLinkedPod(
      namespace,
      uid,
      serviceName,
      podId,
      PERSIST_FOREVER,
      {
        incarnation,
      },
    );
    if (!linked || token === undefined) return undefined;
    claims.add(uid, token);
    return token;
  }

  #schedule(ms: number): void {
    if (this.#ended) return;
    this.#cancelTimer?.();
    this.#cancelTimer = this.#parts.clock.setTimeout(() => {
      void this.heal();
    }, ms);
  }
}
