import { type LocatedPod, NOT_MINE, type ServiceHandle, UNREACHABLE } from '@stateful-route/core';
import { answers, answerTo, type OwnAnswer, unavailable } from './own-answers.ts';
import type { PodEndpoint } from './pod-address.ts';
import type { Proxying } from './proxying.ts';

/** Why a pod did not serve: it does not hold the user, or it cannot be connected to. */
export type NotServed = typeof NOT_MINE | typeof UNREACHABLE;

/** Who looks for the pod of a user. */
export interface Searcher {
  readonly service: ServiceHandle;
  readonly uid: string;
  /** Asks this pod. How that ends is told by `served` or `notServed`. */
  sendTo(endpoint: PodEndpoint, pod: LocatedPod): void;
  /** The deadline has passed while a pod was asked: that ends. Returns false if none was. */
  giveUpAttempt(): boolean;
  refuse(answer: OwnAnswer): void;
}

/**
 * Finds the pod that serves a user. The way of a known user has no promise: the pod from memory is asked, and serves. Anything
 * else goes through `service.call`, whose first attempt is the one that was already made.
 */
export class PodSearch {
  readonly #proxying: Proxying;
  readonly #searcher: Searcher;
  /** The pod that is asked. */
  #pod: LocatedPod | undefined;
  /** Ends the use of the pod by `service.call`. */
  #endUse: ((why: NotServed | undefined) => void) | undefined;
  #call: AbortController | undefined;
  #isOver = false;

  constructor(proxying: Proxying, searcher: Searcher) {
    this.#proxying = proxying;
    this.#searcher = searcher;
  }

  /** Whether `service.call` keeps the deadline; else the searcher does. */
  get isCalling(): boolean {
    return this.#call !== undefined;
  }

  /** Never throws, as it may be called by a stream or a timer: `resolveAddress` is the application's. */
  start(timeoutMs: number): void {
    try {
      this.#start(timeoutMs);
    } catch (error) {
      this.#failed(error);
    }
  }

  #start(timeoutMs: number): void {
    const { service, uid } = this.#searcher;
    const pod = service.peek(uid);
    if (pod) {
      this.#ask(pod, timeoutMs);
      return;
    }
    const waitMs = this.#proxying.mayPlace(service, uid);
    if (waitMs > 0) this.#searcher.refuse(unavailable('Too many new users came at once.', waitMs));
    else this.#callService(undefined, timeoutMs);
  }

  /** The pod serves, or nobody else can be asked any more. */
  served(): void {
    this.#isOver = true;
    this.#endOneUse(undefined);
  }

  /** @param leftMs - until the deadline. */
  notServed(why: NotServed, leftMs: number): void {
    if (this.#isOver) return;
    if (this.#endUse) this.#endOneUse(why);
    else this.#callService({ podId: this.#pod!.podId, why }, Math.max(1, leftMs));
  }

  /** Nobody waits any more. */
  cancel(): void {
    if (this.#isOver) return;
    this.served();
    this.#call?.abort(new Error('Nobody waits for the answer.'));
  }

  #callService(
    asked: { readonly podId: number; readonly why: NotServed } | undefined,
    timeoutMs: number,
  ): void {
    const { service, uid } = this.#searcher;
    let first = asked;
    const call = new AbortController();
    this.#call = call;
    const use = (pod: LocatedPod): NotServed | undefined | Promise<NotServed | undefined> => {
      const known = first;
      first = undefined;
      if (this.#isOver) return undefined;
      if (known?.podId === pod.podId) return known.why;
      return new Promise((resolve) => {
        this.#endUse = resolve;
        this.#ask(pod, timeoutMs);
      });
    };
    service.call(uid, use, { timeoutMs, signal: call.signal }).catch((error: unknown) => {
      this.#failed(error);
    });
  }

  #ask(pod: LocatedPod, leftMs: number): void {
    this.#pod = pod;
    const endpoint = this.#endpointOf(pod);
    if (endpoint) this.#searcher.sendTo(endpoint, pod);
    else this.notServed(UNREACHABLE, leftMs);
  }

  #endpointOf({ podId, address }: LocatedPod): PodEndpoint | undefined {
    const { endpoints, allowAddress, logger } = this.#proxying;
    const { namespace, serviceName } = this.#searcher.service;
    const pod = { namespace, serviceName, podId, address };
    if (address === undefined) {
      logger.warn(
        pod,
        'A pod publishes no address and cannot be called. Give its route `address`, or the gateway’s `resolveAddress`.',
      );
      return undefined;
    }
    if (!allowAddress(address)) {
      logger.warn(pod, '`allowAddress` refuses the address of a pod.');
      return undefined;
    }
    const endpoint = endpoints.of(address);
    if (!endpoint)
      logger.warn(pod, 'The address of a pod is neither a host with a port nor a URL of `http:`.');
    return endpoint;
  }

  #failed(error: unknown): void {
    if (this.#isOver) return;
    this.#isOver = true;
    const { service, uid } = this.#searcher;
    const { namespace, serviceName } = service;
    const wasAsked = this.#searcher.giveUpAttempt();
    const answer = wasAsked ? answers.timeout : answerTo(error);
    if (answer.status >= 500) {
      const message = wasAsked
        ? 'A pod did not answer a request in time.'
        : 'No pod could be found for a request.';
      // Each code is a condition of its own.
      const { code: event } = error as { readonly code?: unknown };
      const podId = this.#pod?.podId;
      this.#proxying.logger.warn({ namespace, serviceName, podId, event, uid, error }, message);
    }
    this.#searcher.refuse(answer);
  }

  #endOneUse(why: NotServed | undefined): void {
    const end = this.#endUse;
    this.#endUse = undefined;
    end?.(why);
  }
}
