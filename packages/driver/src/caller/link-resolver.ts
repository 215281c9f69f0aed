import {
  type Clock,
  isRouteError,
  type Link,
  type PodStands,
  routeError,
  type Snapshot,
} from '@stateful-route/core';
import {
  DEFAULT_UPDATE_PERIOD_MS,
  type EpochOptions,
  type LinkReading,
  ownerLease,
  placementHoldMs,
  type StatefulExecutor,
} from '@stateful-route/core/adapter';
import { pause } from '../waiting/pause.ts';
import type { PodPicker } from '../service/pod-picker.ts';
import { Question } from './question.ts';
import type { ServiceStateCache } from '../service/service-state-cache.ts';
import { serviceNotReady } from '../service/service-states.ts';
import type { WatchedService } from '../service/service.ts';

/** How often a link that others change meanwhile is looked at again, before the caller is told to come back. */
const ATTEMPTS = 3;

/** What the resolver stands on. */
export interface LinkResolverParts {
  readonly clock: Clock;
  readonly stateful: StatefulExecutor;
  readonly states: ServiceStateCache;
  readonly picker: PodPicker;
  /** The time to live of a temporary link, whole seconds. */
  readonly linkSeconds: number;
  /** The lease of an owner that has no entry. */
  readonly leaseMs: number;
}

/** Finds or makes a user's link in the store: one round trip where the link is new, or its pod available. */
export class LinkResolver {
  readonly #parts: LinkResolverParts;

  constructor(parts: LinkResolverParts) {
    this.#parts = parts;
  }

  /** The link in force, to a pod that can be called; within `timeoutMs`, however many calls that takes. */
  resolve(namespace: string, uid: string, serviceName: string, timeoutMs: number): Promise<Link> {
    return this.#resolve(new Question(this.#parts.clock, namespace, uid, serviceName, timeoutMs), ATTEMPTS);
  }

  /** The link in force, to a pod that can be called; `undefined`: one would have to be made. Changes nothing. */
  async find(
    namespace: string,
    uid: string,
    serviceName: string,
    timeoutMs: number,
  ): Promise<Link | undefined> {
    const { stateful, states, clock } = this.#parts;
    const user = new Question(clock, namespace, uid, serviceName, timeoutMs);
    const reading = await stateful.getLink(namespace, uid, serviceName, user.options());
    const link = isLinked(reading) ? reading : undefined;
    const snapshot = await states.snapshot(namespace, serviceName, user.options());
    if (!link || snapshot.isAvailable(link.podId)) return link;
    if (!link.permanent) return undefined;
    const fresh = await this.#judgeOwner(user, link);
    return fresh.isAvailable(link.podId) ? link : undefined;
  }

  /** Looks at the link, and again as long as somebody changes it meanwhile. */
  #resolve(user: Question, attempts: number): Promise<Link> {
    const { namespace, serviceName } = user;
    if (attempts === 0) return Promise.reject(restless(user));
    const service = this.#parts.states.service(namespace, serviceName);
    const { snapshot } = service;
    // Once the pods are known, a new user costs what the store's call costs, and little beside.
    if (snapshot) return this.#linkBy(user, service, snapshot, attempts);
    return this.#parts.states
      .snapshot(namespace, serviceName, user.options())
      .then((loaded) => this.#linkBy(user, service, loaded, attempts));
  }

  /** The link in force, made where there is none, as long as a snapshot's pods can take it. */
  #linkBy(user: Question, service: WatchedService, snapshot: Snapshot, attempts: number): Promise<Link> {
    const { stateful, picker, linkSeconds } = this.#parts;
    const { namespace, uid, serviceName } = user;
    const best = picker.pick(service, snapshot, uid);
    const holdMs = snapshot.read.restored === undefined ? 0 : placementHoldMs(snapshot.readNow());
    const judge = (link: Link | undefined): Link | Promise<Link> => {
      const isToMove = best !== undefined && best !== link?.podId && isLost(service, link);
      if (link && stands(link, snapshot) && !isToMove) return link;
      if (!link && holdMs > 0) return this.#afterHold(user, holdMs, attempts);
      return this.#move(user, link, best, snapshot, attempts);
    };
    if (best === undefined || holdMs > 0) {
      return stateful
        .getLink(namespace, uid, serviceName, user.options())
        .then((reading) => judge(isLinked(reading) ? reading : undefined));
    }
    const undo = picker.place(service, best);
    const options = { ...user.options(), epoch: snapshot.read.epoch };
    return stateful.setLinkedPodIfAbsent(namespace, uid, serviceName, best, linkSeconds, options).then(
      (link) => {
        if (!link.created) undo();
        return judge(link);
      },
      (error: unknown) => {
        undo();
        return this.#decideAnew(user, error, attempts);
      },
    );
  }

  /** In a directory that came back empty users without a link wait for their owners, as long as the question has time. */
  async #afterHold(user: Question, holdMs: number, attempts: number): Promise<Link> {
    const { states, clock } = this.#parts;
    const { namespace, serviceName } = user;
    await pause(clock, Math.min(holdMs, user.leftMs()));
    if (user.leftMs() <= 0) throw podNotAvailable(user, undefined, holdMs, 'restored directory');
    await states.fresh(namespace, serviceName, user.options());
    return this.#resolve(user, attempts);
  }

  /** What was decided from a reading of an earlier epoch is decided from a new one; any other failure stands. */
  async #decideAnew(user: Question, error: unknown, attempts: number): Promise<Link> {
    await this.#readAnew(user, error);
    return this.#resolve(user, attempts - 1);
  }

  /** Reads the states anew where the error says that a reading was of an earlier epoch; rejects with any other. */
  async #readAnew(user: Question, error: unknown): Promise<void> {
    if (!isRouteError(error, 'STORE_ERROR') || error.epoch === undefined) throw error;
    await this.#parts.states.fresh(user.namespace, user.serviceName, user.options());
  }

  /** What becomes of a link that cannot be used as it is. */
  async #move(
    user: Question,
    link: Link | undefined,
    best: number | undefined,
    snapshot: Snapshot,
    attempts: number,
  ): Promise<Link> {
    const { namespace, serviceName } = user;
    let moved: Link | undefined;
    if (link?.permanent) moved = await this.#ofUnavailableOwner(user, link);
    else if (link && best !== undefined)
      moved = await this.#replace(user, link, best, { onlyIfTemporary: true, epoch: snapshot.read.epoch });
    else if (link && snapshot.isAvailable(link.podId)) moved = link;
    else throw serviceNotReady(namespace, serviceName);
    return moved ?? this.#resolve(user, attempts - 1);
  }

  async #replace(
    user: Question,
    link: Link,
    podId: number,
    condition: EpochOptions & ({ readonly onlyIfTemporary: true } | { readonly ifToken: number | null }),
  ): Promise<Link | undefined> {
    const { stateful, states, picker, linkSeconds } = this.#parts;
    const { namespace, uid, serviceName } = user;
    const undo = picker.place(states.service(namespace, serviceName), podId);
    try {
      const { linked } = await stateful.replaceLinkedPod(
        namespace,
        uid,
        serviceName,
        link.podId,
        podId,
        linkSeconds,
        { ...user.options(), ...condition },
      );
      if (linked) return { podId, permanent: false, ttlMs: linkSeconds * 1_000 };
      undo();
      return undefined;
    } catch (error) {
      undo();
      await this.#readAnew(user, error);
      return undefined;
    }
  }

  /** Takes a dead owner's claim over; the compare-and-set fails where the owner claimed again meanwhile. */
  async #ofUnavailableOwner(user: Question, link: Link): Promise<Link | undefined> {
    const { states, picker } = this.#parts;
    const { namespace, uid, serviceName } = user;
    const fresh = await this.#judgeOwner(user, link);
    if (fresh.isAvailable(link.podId)) return link;
    const best = picker.pick(states.service(namespace, serviceName), fresh, uid);
    if (best === undefined) throw serviceNotReady(namespace, serviceName);
    return this.#replace(user, link, best, {
      ifToken: link.token ?? null,
      epoch: fresh.read.epoch,
    });
  }

  /**
   * Rejects with `POD_NOT_AVAILABLE` as long as a claim stands whose owner cannot be called; else the owner is back, or
   * its lease is over, as the snapshot says. The link was read first and the states are read now, by a call that begins
   * after that reply: an owner that came back and claimed between the two has another token.
   */
  async #judgeOwner(user: Question, link: Link): Promise<Snapshot> {
    const { states, leaseMs } = this.#parts;
    const { namespace, serviceName } = user;
    const fresh = await states.fresh(namespace, serviceName, user.options());
    if (fresh.isAvailable(link.podId)) return fresh;
    const comeBackMs = fresh.pods.get(link.podId)?.updatePeriodMs ?? DEFAULT_UPDATE_PERIOD_MS;
    const { ownerLeaseMs } = link;
    const lease = ownerLease(fresh.asRead, link.podId, { ownerLeaseMs, readerLeaseMs: leaseMs });
    if (!lease.over)
      throw podNotAvailable(user, link.podId, Math.min(lease.remainingMs, comeBackMs), lease.why);
    if (waitsForDeadOwners(fresh, link.podId)) {
      throw podNotAvailable(user, link.podId, comeBackMs, 'waits for its owner');
    }
    return fresh;
  }
}

/** The error of a link that did not hold still. */
function restless({ namespace, uid, serviceName }: Question): Error {
  return routeError(
    'SERVICE_NOT_READY',
    `The link of ${uid} in ${namespace}/${serviceName} changed ${ATTEMPTS} times while it was read. Ask again.`,
    { namespace, serviceName },
  );
}

/** Whether a link can be used as it is: a claim of an available pod, or a temporary link to a routable one. */
export function stands(link: Link, snapshot: Snapshot): boolean {
  return link.permanent ? snapshot.isAvailable(link.podId) : snapshot.isRoutable(link.podId);
}

/** Whether a link leads to a pod that this caller cannot reach, and that has not accepted the user. */
function isLost({ unreachable }: WatchedService, link: Link | undefined): boolean {
  return link !== undefined && !link.permanent && unreachable.has(link.podId);
}

/** Whether the service wants its users to wait for the same ordinal; a pod that has no entry says it by its peers. */
function waitsForDeadOwners({ pods }: Snapshot, podId: number): boolean {
  const owner = pods.get(podId);
  return (owner ? [owner] : [...pods.values()]).some((pod) => pod.deadOwner === 'wait');
}

/** Whether a reading found a link. */
export function isLinked(reading: LinkReading): reading is LinkReading & Link {
  return reading.podId !== undefined;
}

/** The error of a user whose pod cannot be called, and must not be replaced yet. */
export function podNotAvailable(
  user: { readonly namespace: string; readonly uid: string; readonly serviceName: string },
  podId: number | undefined,
  retryAfterMs: number,
  why: PodStands,
  cause?: unknown,
): Error {
  const { namespace, uid, serviceName } = user;
  const problem =
    podId === undefined
      ? `It is not known yet which pod of ${namespace}/${serviceName} holds ${uid} (${why}).`
      : `Pod ${podId} of ${namespace}/${serviceName} holds ${uid} and cannot be called now (${why}).`;
  const message = `${problem} Ask again in ${Math.ceil(retryAfterMs)} ms.`;
  const fields = { namespace, serviceName, uid, podId, retryAfterMs, why };
  return routeError('POD_NOT_AVAILABLE', message, fields, cause === undefined ? {} : { cause });
}
