import {
  type CallOptions,
  type ClaimOptions,
  PERSIST_FOREVER,
  type RemoveLinkedPodOptions,
  type RemoveLinkedPodWithIdOptions,
  type TrySetResult,
} from '@stateful-route/core';
import {
  checkCallOptions,
  checkClaimOptions,
  checkFunction,
  checkPodId,
  checkRemoveOptions,
  checkRemoveWithIdOptions,
  checkUid,
  type StatefulExecutor,
} from '@stateful-route/core/adapter';
import { podNotAvailable } from '../errors.ts';
import type { PodTelemetry } from '../telemetry/pod-telemetry.ts';
import type { PodPlace } from '../wiring/place.ts';
import type { PodRun } from './pod-run.ts';

/** What the links of a pod depend on. */
export interface PodLinksParts {
  readonly pod: PodPlace;
  readonly telemetry: PodTelemetry;
  /** The run that may make links in the namespace; throws `NAMESPACE_NOT_LOCAL`, `NOT_RUNNING` or `FENCED`. */
  readonly serving: (namespace: string) => PodRun;
  /** As `serving`, but also a run that is fenced or stopping. */
  readonly begun: (namespace: string) => PodRun;
  readonly stateful: StatefulExecutor;
  /** `retryAfterMs` of a user of another pod. */
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
      return (await run.claims.request({ uid, untilRelease: true, forced: true }, options)).previous;
    }
    const link = async (left: CallOptions | undefined): Promise<number | undefined> => {
      // The pod may have been fenced while the user's claim was ended.
      this.#parts.serving(namespace);
      const { stateful, telemetry } = this.#parts;
      const set = await stateful.setLinkedPod(namespace, uid, serviceName, podId, PERSIST_FOREVER, left);
      if (set.previous !== undefined && set.previous !== podId) telemetry.moves.forced.value += 1;
      return set.previous;
    };
    const isOfService = serviceName === this.#parts.pod.serviceName;
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
      const outcome = await run.claims.request(
        { uid, untilRelease: true, minToken: options?.minToken },
        options,
      );
      const { linked, podId: inForce, previous, token } = outcome;
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
    run.incarnations.assertUnfenced();
    const isOwn = serviceName === this.#parts.pod.serviceName && run.registry.life(uid).state.at !== 'none';
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
    run.incarnations.assertUnfenced();
    const held = this.#isOwn(serviceName, podId) ? run.registry.heldToken(uid) : undefined;
    const isRelease =
      held !== undefined && options?.onlyIfTemporary !== true && (options?.token ?? held) === held;
    if (isRelease) return run.ends.release(uid, { keepSeconds: options?.keepSeconds, ...options });
    return this.#parts.stateful.removeLinkedPodWithId(namespace, uid, serviceName, podId, options);
  }

  async release(uid: string, options?: RemoveLinkedPodOptions): Promise<boolean> {
    checkUid(uid);
    checkRemoveOptions(options);
    const run = this.#parts.begun(this.#parts.pod.namespace);
    // A fenced pod may give up claims; a displaced process has none.
    if (run.incarnations.isDisplaced) run.incarnations.assertUnfenced();
    return run.ends.release(uid, options);
  }

  async refuse(uid: string, options?: CallOptions): Promise<boolean> {
    checkUid(uid);
    checkCallOptions(options);
    const run = this.#unfenced();
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
    const minToken = options?.minToken;
    registry.apply(uid, { type: 'scopeWaits' });
    let token: number | undefined;
    try {
      // Read again after each claim: it may have ended before the scope begins.
      for (token = registry.stayingToken(uid); token === undefined || token < (minToken ?? 0);) {
        const outcome = await this.#unfenced().claims.request(
          { uid, untilRelease: false, minToken },
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

  /** The run, also while it stops: it serves users until they are handed over. */
  #unfenced(): PodRun {
    const run = this.#parts.begun(this.#parts.pod.namespace);
    run.incarnations.assertUnfenced();
    return run;
  }

  #isOwn(serviceName: string, podId: number): boolean {
    const { pod } = this.#parts;
    return serviceName === pod.serviceName && podId === pod.podId;
  }

  #notMine(uid: string, podId: number | undefined): Error {
    const { pod, retryAfterMs } = this.#parts;
    return podNotAvailable({ ...pod, uid }, podId ?? pod.podId, retryAfterMs, 'not mine');
  }
}
