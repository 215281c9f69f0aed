import { type Clock, isRouteError, type Link, routeError, type Snapshot } from '@stateful-route/core';
import {
  DEFAULT_UPDATE_PERIOD_MS,
  type EpochOptions,
  type LinkReading,
  ownerLease,
  placementHoldMs,
  type StatefulExecutor,
} from '@stateful-route/core/adapter';
import { podNotAvailable, serviceNotReady } from '../errors.ts';
import type { LinkRequest } from '../service/link-request.ts';
import type { Service } from '../service/service.ts';
import type { ServiceRegistry } from '../service/service-registry.ts';
import { pause } from '../waiting/pause.ts';

/** How often a link that others change meanwhile is resolved before the request fails. */
const ATTEMPTS = 3;

/** What the resolver depends on. */
export interface LinkResolverParts {
  readonly clock: Clock;
  readonly stateful: StatefulExecutor;
  readonly services: ServiceRegistry;
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

  /** The link in force, to a pod that can be called. It is made if there is none. */
  resolve(request: LinkRequest): Promise<Link> {
    return this.#resolve(request, ATTEMPTS);
  }

  /** As {@link resolve}, but writes nothing: `undefined` if a link would have to be made. */
  async find(request: LinkRequest): Promise<Link | undefined> {
    const { stateful, services } = this.#parts;
    const { namespace, uid, serviceName } = request;
    const reading = await stateful.getLink(namespace, uid, serviceName, request.options());
    const link = isLinked(reading) ? reading : undefined;
    const snapshot = await services.snapshot(namespace, serviceName, request.options());
    if (!link || snapshot.isAvailable(link.podId)) return link;
    if (!link.permanent) return undefined;
    const fresh = await this.#checkOwner(request, link);
    return fresh.isAvailable(link.podId) ? link : undefined;
  }

  /** Resolves the link, and again while others change it. */
  #resolve(request: LinkRequest, attempts: number): Promise<Link> {
    const { namespace, serviceName } = request;
    if (attempts === 0) return Promise.reject(alwaysChanging(request));
    const service = this.#parts.services.service(namespace, serviceName);
    const { snapshot } = service;
    // With a snapshot in memory a new user costs the store's call and little else.
    if (snapshot) return this.#linkBy(request, service, snapshot, attempts);
    return this.#parts.services
      .snapshot(namespace, serviceName, request.options())
      .then((loaded) => this.#linkBy(request, service, loaded, attempts));
  }

  /** Resolves the link by a snapshot of the pods. */
  #linkBy(request: LinkRequest, service: Service, snapshot: Snapshot, attempts: number): Promise<Link> {
    const { stateful, linkSeconds } = this.#parts;
    const { namespace, uid, serviceName } = request;
    const best = service.placements.pick(snapshot, uid);
    const holdMs = snapshot.read.restored === undefined ? 0 : placementHoldMs(snapshot.readNow());
    const settle = (link: Link | undefined): Link | Promise<Link> => {
      const isToMove = best !== undefined && best !== link?.podId && isUnreachable(service, link);
      if (link && isUsable(link, snapshot) && !isToMove) return link;
      if (!link && holdMs > 0) return this.#afterHold(request, holdMs, attempts);
      return this.#move(request, link, best, snapshot, attempts);
    };
    if (best === undefined || holdMs > 0) {
      return stateful
        .getLink(namespace, uid, serviceName, request.options())
        .then((reading) => settle(isLinked(reading) ? reading : undefined));
    }
    const undo = service.placements.place(best);
    const options = { ...request.options(), epoch: snapshot.read.epoch };
    return stateful.setLinkedPodIfAbsent(namespace, uid, serviceName, best, linkSeconds, options).then(
      (link) => {
        if (!link.created) undo();
        return settle(link);
      },
      (error: unknown) => {
        undo();
        return this.#resolveAgain(request, error, attempts);
      },
    );
  }

  /** In a directory that came back empty, users without a link wait for their owners until the request's deadline. */
  async #afterHold(request: LinkRequest, holdMs: number, attempts: number): Promise<Link> {
    const { services, clock } = this.#parts;
    const { namespace, serviceName } = request;
    await pause(clock, Math.min(holdMs, request.leftMs()));
    if (request.leftMs() <= 0) throw podNotAvailable(request, undefined, holdMs, 'restored directory');
    await services.fresh(namespace, serviceName, request.options());
    return this.#resolve(request, attempts);
  }

  /** Resolves again after a write that rested on a reading of an earlier epoch. Any other error is thrown. */
  async #resolveAgain(request: LinkRequest, error: unknown, attempts: number): Promise<Link> {
    await this.#refreshEpoch(request, error);
    return this.#resolve(request, attempts - 1);
  }

  /** Reads the pods again if the error says that the epoch has changed. Any other error is thrown. */
  async #refreshEpoch(request: LinkRequest, error: unknown): Promise<void> {
    if (!isRouteError(error, 'STORE_ERROR') || error.epoch === undefined) throw error;
    await this.#parts.services.fresh(request.namespace, request.serviceName, request.options());
  }

  /** Replaces a link that cannot be used, or rejects if it must stay. */
  async #move(
    request: LinkRequest,
    link: Link | undefined,
    best: number | undefined,
    snapshot: Snapshot,
    attempts: number,
  ): Promise<Link> {
    const { namespace, serviceName } = request;
    let moved: Link | undefined;
    if (link?.permanent) moved = await this.#takeOver(request, link);
    else if (link && best !== undefined)
      moved = await this.#replace(request, link, best, { onlyIfTemporary: true, epoch: snapshot.read.epoch });
    else if (link && snapshot.isAvailable(link.podId)) moved = link;
    else throw serviceNotReady(namespace, serviceName);
    return moved ?? this.#resolve(request, attempts - 1);
  }

  async #replace(
    request: LinkRequest,
    link: Link,
    podId: number,
    condition: EpochOptions & ({ readonly onlyIfTemporary: true } | { readonly ifToken: number | null }),
  ): Promise<Link | undefined> {
    const { stateful, services, linkSeconds } = this.#parts;
    const { namespace, uid, serviceName } = request;
    const undo = services.service(namespace, serviceName).placements.place(podId);
    try {
      const { linked } = await stateful.replaceLinkedPod(
        namespace,
        uid,
        serviceName,
        link.podId,
        podId,
        linkSeconds,
        { ...request.options(), ...condition },
      );
      if (linked) return { podId, permanent: false, ttlMs: linkSeconds * 1_000 };
      undo();
      return undefined;
    } catch (error) {
      undo();
      await this.#refreshEpoch(request, error);
      return undefined;
    }
  }

  /** Takes a dead owner's claim over. The compare-and-set fails if the owner has claimed again meanwhile. */
  async #takeOver(request: LinkRequest, link: Link): Promise<Link | undefined> {
    const { services } = this.#parts;
    const { namespace, uid, serviceName } = request;
    const fresh = await this.#checkOwner(request, link);
    if (fresh.isAvailable(link.podId)) return link;
    const best = services.service(namespace, serviceName).placements.pick(fresh, uid);
    if (best === undefined) throw serviceNotReady(namespace, serviceName);
    return this.#replace(request, link, best, {
      ifToken: link.token ?? null,
      epoch: fresh.read.epoch,
    });
  }

  /**
   * Checks by a new snapshot whether a claim's owner must be waited for: then it rejects with `POD_NOT_AVAILABLE`. Else the owner
   * is available again, or its lease is over. The pods are read by a call that begins after the link was read: an owner that
   * came back and claimed between the two has another token.
   */
  async #checkOwner(request: LinkRequest, link: Link): Promise<Snapshot> {
    const { services, leaseMs } = this.#parts;
    const { namespace, serviceName } = request;
    const fresh = await services.fresh(namespace, serviceName, request.options());
    if (fresh.isAvailable(link.podId)) return fresh;
    const comeBackMs = fresh.pods.get(link.podId)?.updatePeriodMs ?? DEFAULT_UPDATE_PERIOD_MS;
    const { ownerLeaseMs } = link;
    const lease = ownerLease(fresh.asRead, link.podId, { ownerLeaseMs, readerLeaseMs: leaseMs });
    if (!lease.over)
      throw podNotAvailable(request, link.podId, Math.min(lease.remainingMs, comeBackMs), lease.why);
    if (waitsForDeadOwners(fresh, link.podId)) {
      throw podNotAvailable(request, link.podId, comeBackMs, 'waits for its owner');
    }
    return fresh;
  }
}

/** The error of a link that others changed again and again. */
function alwaysChanging({ namespace, uid, serviceName }: LinkRequest): Error {
  return routeError(
    'SERVICE_NOT_READY',
    `The link of ${uid} in ${namespace}/${serviceName} changed ${ATTEMPTS} times while it was read. Try again.`,
    { namespace, serviceName },
  );
}

/** Whether a link can be used: a claim of an available pod, or a temporary link to a routable one. */
export function isUsable(link: Link, snapshot: Snapshot): boolean {
  return link.permanent ? snapshot.isAvailable(link.podId) : snapshot.isRoutable(link.podId);
}

/** Whether a temporary link names a pod that this caller cannot reach. */
function isUnreachable({ unreachable }: Service, link: Link | undefined): boolean {
  return link !== undefined && !link.permanent && unreachable.has(link.podId);
}

/** Whether users wait for the same ordinal. The other pods say it for a pod without an entry. */
function waitsForDeadOwners({ pods }: Snapshot, podId: number): boolean {
  const owner = pods.get(podId);
  return (owner ? [owner] : [...pods.values()]).some((pod) => pod.deadOwner === 'wait');
}

/** Whether a reading found a link. */
export function isLinked(reading: LinkReading): reading is LinkReading & Link {
  return reading.podId !== undefined;
}
