import {
  type CallOptions,
  type ClaimOptions,
  type ClaimResult,
  type Clock,
  PERSIST_FOREVER,
  type RemoveLinkedPodOptions,
  type RemoveLinkedPodWithIdOptions,
  type TrySetResult,
} from '@stateful-route/core';
import {
  checkCallOptions,
  checkFunction,
  checkPodId,
  checkClaimOptions,
  checkRemoveOptions,
  checkRemoveWithIdOptions,
  checkUid,
  type StatefulExecutor,
} from '@stateful-route/core/adapter';
import { podNotAvailable } from '../caller/link-resolver.ts';
import { PendingCall } from '../waiting/pending-call.ts';
import type { PodRun } from './pod-run.ts';
import type { ClaimingPod } from './claims/claim-store.ts';
import type { ClaimOutcome, ClaimRequest } from './claims/pod-claims.ts';

/** What the links of a pod depend on. */
export interface PodLinksParts {
  /** Throws `INVALID_CONFIG` where the route is not a pod's. */
  readonly pod: () => ClaimingPod;
  /** The run that may make links in the namespace; throws `NAMESPACE_NOT_LOCAL`, `NOT_RUNNING` or `FENCED`. */
  readonly serving: (namespace: string) => PodRun;
  /** As `serving`, but a fenced one too, and one that stops. */
  readonly begun: (namespace: string) => PodRun;
  /** Throws `FENCED` where the run is. */
  readonly assertUnfenced: (run: PodRun) => void;
  readonly stateful: StatefulExecutor;
  readonly clock: Clock;
  /** The deadline of a call that names none, in ms. */
  readonly timeoutMs: number;
  /** When a user of another pod should be asked for again, in ms. */
  readonly retryAfterMs: number;
}

/** The application's calls about links. Those about this pod's own claims go through their state machine. */
export class PodLinks {
  readonly #parts: PodLinksParts;

  constructor(parts: PodLinksParts) {
    this.#parts = parts;
  }

  async setLinkedPod(
    namespace: string,
    uid: string,
    serviceName: string,
    podId: number,
    options?: CallOptions,
  ): Promise<number | undefined> {
    const run = this.#parts.serving(namespace);
    checkPodId(podId);
    checkCallOptions(options);
    if (this.#isOwn(serviceName, podId)) {
      checkUid(uid);
      return (await this.#claim(run, { uid, stands: true, forced: true }, options)).previous;
    }
    const link = async (left: CallOptions | undefined): Promise<number | undefined> => {
      // Time has passed where the user had to be given up first.
      this.#parts.serving(namespace);
      const { stateful } = this.#parts;
      return (await stateful.setLinkedPod(namespace, uid, serviceName, podId, PERSIST_FOREVER, left))
        .previous;
    };
    const isOfService = serviceName === this.#parts.pod().serviceName;
    const isHere = run.registry.life(uid).state.at !== 'none' || run.registry.isBusy(uid);
    return isOfService && isHere ? run.ends.giveAway(uid, options, link) : link(options);
  }

  async trySetLinkedPod(
    namespace: string,
    uid: string,
    serviceName: string,
    podId: number,
    options?: ClaimOptions,
  ): Promise<TrySetResult> {
    const run = this.#parts.serving(namespace);
    checkPodId(podId);
    checkClaimOptions(options);
    if (this.#isOwn(serviceName, podId)) {
      checkUid(uid);
      const {
        linked,
        podId: inForce,
        previous,
        token,
      } = await this.#claim(run, { uid, stands: true, minToken: options?.minToken }, options);
      return { linked, podId: inForce, previous, token };
    }
    return this.#parts.stateful.trySetLinkedPod(namespace, uid, serviceName, podId, PERSIST_FOREVER, options);
  }

  async removeLinkedPod(
    namespace: string,
    uid: string,
    serviceName: string,
    options?: RemoveLinkedPodOptions,
  ): Promise<boolean> {
    const run = this.#parts.begun(namespace);
    checkRemoveOptions(options);
    this.#parts.assertUnfenced(run);
    const isOwn = serviceName === this.#parts.pod().serviceName && run.registry.life(uid).state.at !== 'none';
    if (isOwn) return run.ends.release(uid, options);
    return this.#parts.stateful.removeLinkedPod(namespace, uid, serviceName, options);
  }

  async removeLinkedPodWithId(
    namespace: string,
    uid: string,
    serviceName: string,
    podId: number,
    options?: RemoveLinkedPodWithIdOptions,
  ): Promise<boolean> {
    const run = this.#parts.begun(namespace);
    checkPodId(podId);
    checkRemoveWithIdOptions(options);
    this.#parts.assertUnfenced(run);
    const held = this.#isOwn(serviceName, podId) ? run.registry.heldToken(uid) : undefined;
    const isRelease =
      held !== undefined && options?.onlyIfTemporary !== true && (options?.token ?? held) === held;
    if (isRelease) return run.ends.release(uid, { keepSeconds: options?.keepSeconds, ...options });
    return this.#parts.stateful.removeLinkedPodWithId(namespace, uid, serviceName, podId, options);
  }

  /** A user that is held costs no I/O. */
  claim(uid: string, options?: ClaimOptions): Promise<ClaimResult> {
    const run = this.#unfenced();
    if (options !== undefined) checkClaimOptions(options);
    const token = run.registry.stayingToken(uid);
    const asked = options?.minToken ?? 0;
    if (token !== undefined && token >= asked && options?.signal?.aborted !== true) {
      if (!run.registry.life(uid).standing) run.registry.apply(uid, { type: 'stand' });
      return Promise.resolve({ claimed: true, token });
    }
    return this.#claimAsked(run, uid, options);
  }

  async release(uid: string, options?: RemoveLinkedPodOptions): Promise<boolean> {
    const { namespace } = this.#parts.pod();
    checkUid(uid);
    checkRemoveOptions(options);
    const run = this.#parts.begun(namespace);
    // A fenced pod's claims may be given up; a displaced process has none.
    if (run.lives.isDisplaced) this.#parts.assertUnfenced(run);
    return run.ends.release(uid, options);
  }

  async refuse(uid: string, options?: CallOptions): Promise<boolean> {
    const { namespace } = this.#parts.pod();
    checkUid(uid);
    checkCallOptions(options);
    const run = this.#parts.begun(namespace);
    this.#parts.assertUnfenced(run);
    if (run.registry.life(uid).state.at !== 'none') return false;
    return run.store.refuse(uid, options);
  }

  async claimScope<T>(
    uid: string,
    fn: (scope: { readonly signal: AbortSignal; readonly token: number }) => Promise<T>,
    options?: ClaimOptions,
  ): Promise<T> {
    const run = this.#unfenced();
    checkUid(uid);
    checkFunction(fn, 'fn');
    checkClaimOptions(options);
    const { registry } = run;
    registry.apply(uid, { type: 'scopeWaits' });
    let token: number | undefined;
    try {
      // Held in the step in which the scope begins: what was answered may have ended since.
      for (token = registry.stayingToken(uid); token === undefined || token < (options?.minToken ?? 0);) {
        const outcome = await this.#claim(
          this.#unfenced(),
          { uid, stands: false, minToken: options?.minToken },
          options,
        );
        if (!outcome.linked) throw this.#notMine(uid, outcome.podId);
        token = registry.stayingToken(uid);
      }
    } catch (error) {
      registry.apply(uid, { type: 'scopeGivesUp' });
      throw error;
    }
    const held = token;
    try {
      return await registry.runScope(uid, (signal) => fn({ signal, token: held }));
    } finally {
      await run.ends.released(uid);
    }
  }

  async #claimAsked(run: PodRun, uid: string, options: ClaimOptions | undefined): Promise<ClaimResult> {
    checkUid(uid);
    const {
      linked,
      token,
      podId,
      why = 'held',
    } = await this.#claim(run, { uid, stands: true, minToken: options?.minToken }, options);
    return linked && token !== undefined ? { claimed: true, token } : { claimed: false, podId, why };
  }

  #claim(run: PodRun, request: ClaimRequest, options: CallOptions | undefined): Promise<ClaimOutcome> {
    const { clock, timeoutMs } = this.#parts;
    return run.claims.claim(request, new PendingCall(clock, 'claim', timeoutMs, options));
  }

  /** The run, also while it stops: users who are held still are served until they are handed over. */
  #unfenced(): PodRun {
    const run = this.#parts.begun(this.#parts.pod().namespace);
    this.#parts.assertUnfenced(run);
    return run;
  }

  #isOwn(serviceName: string, podId: number): boolean {
    const pod = this.#parts.pod();
    return serviceName === pod.serviceName && podId === pod.podId;
  }

  #notMine(uid: string, podId: number | undefined): Error {
    const pod = this.#parts.pod();
    return podNotAvailable({ ...pod, uid }, podId ?? pod.podId, this.#parts.retryAfterMs, 'not mine');
  }
}
