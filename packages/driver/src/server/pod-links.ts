import {
  type CallOptions,
  checkCallOptions,
  checkUid,
  type ClaimOptions,
  type ClaimResult,
  type Logger,
  PERSIST_FOREVER,
  type RemoveLinkedPodOptions,
  type RemoveLinkedPodWithIdOptions,
  routeError,
  type StatefulExecutor,
  type TrySetResult,
} from '@stateful-route/core';
import { podNotAvailable } from '../client/link-resolver.ts';
import { notRunning } from '../lifecycle.ts';
import { ClaimRegistry } from './claim-registry.ts';

/** How many claims are given back at a time. */
const GIVE_BACK_BATCH = 100;

/** The pod whose links these are. */
export interface LinkingPod {
  readonly namespace: string;
  readonly serviceName: string;
  readonly podId: number;
}

/** What the links of a pod depend on. */
export interface PodLinksParts {
  /** Throws `INVALID_CONFIG` where the route is not a pod's. */
  readonly pod: () => LinkingPod;
  /** The incarnation that may make links in the namespace; throws `NAMESPACE_NOT_LOCAL`, `NOT_RUNNING` or `FENCED`. */
  readonly serving: (namespace: string) => string;
  /** Whether links may be removed in the namespace; throws `NAMESPACE_NOT_LOCAL` or `NOT_RUNNING`. */
  readonly begun: (namespace: string) => void;
  /** How long the pod may serve without another acknowledged heartbeat, in ms: no claim may be made later. */
  readonly servingMs: () => number;
  /** The deadline of a call that names none, in ms. */
  readonly timeoutMs: number;
  /** Whether this incarnation still may hold users. */
  readonly isServing: (incarnation: string) => boolean;
  readonly stateful: StatefulExecutor;
  readonly logger: Logger;
  /** When a user of another pod should be asked for again, in ms. */
  readonly retryAfterMs: number;
  readonly onLost: (uids: readonly string[]) => void;
  /** Told how many users are held whenever one is gone. */
  readonly onLeft: (left: number) => void;
}

/** The links a pod makes, and the users it holds by them. */
export class PodLinks {
  readonly claims: ClaimRegistry;
  readonly #parts: PodLinksParts;

  constructor(parts: PodLinksParts) {
    this.#parts = parts;
    this.claims = new ClaimRegistry(parts.onLeft);
  }

  async setLinkedPod(
    namespace: string,
    uid: string,
    serviceName: string,
    podId: number,
    options?: CallOptions,
  ): Promise<number | undefined> {
    this.#parts.serving(namespace);
    return this.#parts.stateful.setLinkedPod(namespace, uid, serviceName, podId, PERSIST_FOREVER, options);
  }

  async trySetLinkedPod(
    namespace: string,
    uid: string,
    serviceName: string,
    podId: number,
    options?: ClaimOptions,
  ): Promise<TrySetResult> {
    checkCallOptions(options);
    const life = this.#parts.serving(namespace);
    const own = this.#isOwn(serviceName, podId);
    const incarnation = own ? life : undefined;
    const timeoutMs = Math.min(options?.timeoutMs ?? this.#parts.timeoutMs, this.#parts.servingMs());
    const result = await this.#parts.stateful.trySetLinkedPod(
      namespace,
      uid,
      serviceName,
      podId,
      PERSIST_FOREVER,
      {
        ...options,
        timeoutMs,
        incarnation,
      },
    );
    if (own) await this.#note(uid, result, life);
    return result;
  }

  async removeLinkedPod(
    namespace: string,
    uid: string,
    serviceName: string,
    options?: RemoveLinkedPodOptions,
  ): Promise<boolean> {
    this.#parts.begun(namespace);
    const own = serviceName === this.#parts.pod().serviceName ? this.claims.token(uid) : undefined;
    if (own !== undefined) this.claims.beginRelease(uid);
    const removed = await this.#parts.stateful.removeLinkedPod(namespace, uid, serviceName, options);
    if (own !== undefined) this.claims.delete(uid, own);
    return removed;
  }

  async removeLinkedPodWithId(
    namespace: string,
    uid: string,
    serviceName: string,
    podId: number,
    options?: RemoveLinkedPodWithIdOptions,
  ): Promise<boolean> {
    this.#parts.begun(namespace);
    const own = this.#isOwn(serviceName, podId) ? this.claims.token(uid) : undefined;
    const ends = own !== undefined && (options?.token ?? own) === own;
    if (ends) this.claims.beginRelease(uid);
    const removed = await this.#parts.stateful.removeLinkedPodWithId(
      namespace,
      uid,
      serviceName,
      podId,
      options,
    );
    if (ends) this.claims.delete(uid, own);
    return removed;
  }

  async claim(uid: string, options?: ClaimOptions): Promise<ClaimResult> {
    const { namespace, serviceName, podId } = this.#parts.pod();
    const result = await this.trySetLinkedPod(namespace, uid, serviceName, podId, options);
    if (result.linked && result.token !== undefined) return { claimed: true, token: result.token };
    if (result.podId !== undefined) return { claimed: false, podId: result.podId };
    throw routeError(
      'INTERNAL_ERROR',
      `The store answered a claim of ${uid} with neither a token nor an owner.`,
      {},
    );
  }

  async release(uid: string, options?: RemoveLinkedPodOptions): Promise<boolean> {
    const { namespace, serviceName, podId } = this.#parts.pod();
    checkUid(uid);
    checkCallOptions(options);
    const token = this.claims.token(uid);
    this.#parts.begun(namespace);
    if (token === undefined) return false;
    return this.removeLinkedPodWithId(namespace, uid, serviceName, podId, { ...options, token });
  }

  async refuse(uid: string, options?: CallOptions): Promise<boolean> {
    const { namespace, serviceName, podId } = this.#parts.pod();
    checkUid(uid);
    this.#parts.begun(namespace);
    if (this.claims.token(uid) !== undefined) return false;
    return this.#parts.stateful.removeLinkedPodWithId(namespace, uid, serviceName, podId, options);
  }

  async claimScope<T>(
    uid: string,
    fn: (scope: { readonly signal: AbortSignal; readonly token: number }) => Promise<T>,
    options?: ClaimOptions,
  ): Promise<T> {
    const { namespace, serviceName } = this.#parts.pod();
    const claim = await this.claim(uid, options);
    if (!claim.claimed)
      throw podNotAvailable(
        { namespace, uid, serviceName },
        claim.podId,
        this.#parts.retryAfterMs,
        'not mine',
      );
    const { token } = claim;
    const signal = this.claims.enter(uid);
    try {
      return await fn({ signal, token });
    } finally {
      if (this.claims.leave(uid, token)) await this.release(uid);
    }
  }

  /** Removes the links of users that nobody serves any more, so that the next question places them. */
  async giveBack(claims: readonly { uid: string; token: number }[]): Promise<void> {
    const { namespace, serviceName, podId } = this.#parts.pod();
    try {
      for (let at = 0; at < claims.length; at += GIVE_BACK_BATCH) {
        await Promise.all(
          claims
            .slice(at, at + GIVE_BACK_BATCH)
            .map(({ uid, token }) =>
              this.#parts.stateful.removeLinkedPodWithId(namespace, uid, serviceName, podId, { token }),
            ),
        );
      }
    } catch (error) {
      // The pod's end ends its lease: callers take these users over.
      this.#parts.logger.warn({ err: error, podId, left: claims.length }, 'not every link was given back');
    }
  }

  /** Keeps the registry in step with the outcome of a claim. */
  async #note(uid: string, result: TrySetResult, incarnation: string): Promise<void> {
    if (!result.linked || result.token === undefined) {
      const held = this.claims.token(uid);
      if (held !== undefined && this.claims.delete(uid, held)) this.#parts.onLost([uid]);
      return;
    }
    if (this.#parts.isServing(incarnation)) {
      this.claims.add(uid, result.token);
      return;
    }
    // The pod was stopped or fenced while the claim was under way: nobody would serve the user here.
    await this.giveBack([{ uid, token: result.token }]);
    this.#parts.serving(this.#parts.pod().namespace);
    throw notRunning('pod', 'The pod was stopped and started while it claimed the user.');
  }

  #isOwn(serviceName: string, podId: number): boolean {
    const pod = this.#parts.pod();
    return serviceName === pod.serviceName && podId === pod.podId;
  }
}
