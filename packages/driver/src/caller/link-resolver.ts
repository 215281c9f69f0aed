import {
  type Clock,
  isRouteError,
  type Link,
  routeError,
  type Snapshot,
  type StatefulServiceState,
} from '@stateful-route/core';
import {
  ageMsOf,
  deathOf,
  hasEnded,
  type LimitedLogger,
  type LinkReading,
  linkStep,
  type LinkStep,
  type LinkView,
  newUserStep,
  ownerStep,
  type OwnerStep,
  placementHoldMs,
  type PlaceOptions,
  QUARANTINE_MS,
  type ReplaceLinkedPodOptions,
  type ReplaceResult,
  type ServerExecutor,
  type StatefulExecutor,
} from '@stateful-route/core/adapter';
import { podNotAvailable, serviceNotReady } from '../errors.ts';
import type { LinkRequest } from '../service/link-request.ts';
import type { Service } from '../service/service.ts';
import type { ServiceRegistry } from '../service/service-registry.ts';
import type { Count } from '../telemetry/meter-telemetry.ts';
import type { TakeoverCause } from '../telemetry/service-telemetry.ts';
import { pause } from '../waiting/pause.ts';
import type { TakeOvers } from './take-overs.ts';

/** How often a link that others change meanwhile is resolved before the request fails. */
const ATTEMPTS = 3;

const QUARANTINED =
  'a user is quarantined for an hour, as three pods died shortly after they had opened him; end it with routectl unquarantine';
const NOT_QUARANTINED =
  'three pods died shortly after they had opened a user, who is not quarantined, as enough others are: look at the pods';

/** What the resolver depends on. */
export interface LinkResolverParts {
  readonly clock: Clock;
  readonly stateful: StatefulExecutor;
  readonly server: ServerExecutor;
  readonly logger: LimitedLogger;
  readonly services: ServiceRegistry;
  /** The time to live of a temporary link, whole seconds. */
  readonly linkSeconds: number;
  /** The lease of an owner that has no entry. */
  readonly leaseMs: number;
  readonly takeOvers: TakeOvers;
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
    const fresh = await services.fresh(namespace, serviceName, request.options());
    return this.#checkOwner(request, link, fresh).step === 'return' ? link : undefined;
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
  #linkBy(
    request: LinkRequest,
    service: Service,
    snapshot: Snapshot,
    attempts: number,
    pin?: number,
  ): Promise<Link> {
    const { stateful, linkSeconds } = this.#parts;
    const { namespace, uid, serviceName } = request;
    const view: PickedView = {
      snapshot,
      ...picked(service, snapshot, uid, pin),
      holdMs: snapshot.read.restored === undefined ? 0 : placementHoldMs(snapshot.readNow()),
      isUnreachable: (podId) => service.unreachable.has(podId),
    };
    const step = newUserStep(view);
    if (step.step !== 'place') {
      return stateful.getLink(namespace, uid, serviceName, request.options()).then((reading) => {
        if (isLinked(reading)) return this.#settle(request, reading, view, attempts);
        if (step.step === 'wait') return this.#afterHold(request, step.retryAfterMs, attempts);
        throw refusal(request, view);
      });
    }
    const undo = service.placements.place(step.podId);
    const known = request.options(snapshot.read.epoch);
    const options = pin === undefined ? known : { ...known, despitePin: pin };
    return stateful.setLinkedPodIfAbsent(namespace, uid, serviceName, step.podId, linkSeconds, options).then(
      (link) => {
        if (link.created) request.isPlaced = true;
        else undo();
        if (link.podId === undefined) {
          if (link.quarantinedUntil !== undefined)
            throw quarantined(request, link.quarantinedUntil, snapshot);
          if (attempts === 1) throw alwaysChanging(request);
          return this.#linkBy(request, service, snapshot, attempts - 1, link.pinnedTo);
        }
        return this.#settle(request, link, view, attempts);
      },
      (error: unknown) => {
        undo();
        return this.#resolveAgain(request, error, attempts);
      },
    );
  }

  /** Returns a link in force, or replaces it. */
  #settle(request: LinkRequest, link: Link, view: PickedView, attempts: number): Link | Promise<Link> {
    const decided = linkStep(link, view);
    if (decided.step === 'return') return link;
    return this.#replaced(request, link, decided, view).then(
      (moved) => moved ?? this.#resolve(request, attempts - 1),
    );
  }

  /** Replaces a link that cannot be used, or rejects if it must stay. `undefined` if it has changed meanwhile. */
  async #replaced(
    request: LinkRequest,
    link: Link,
    decided: Exclude<LinkStep, { readonly step: 'return' }>,
    view: PickedView,
  ): Promise<Link | undefined> {
    if (decided.step === 'check owner') return this.#takeOver(request, link);
    if (decided.step === 'refuse') throw refusal(request, view);
    const { snapshot } = view;
    const { relinked } = this.#parts.services.service(request.namespace, request.serviceName).telemetry;
    const condition = { onlyIfTemporary: true, epoch: snapshot.read.epoch } as const;
    return this.#replace(request, link, decided.podId, condition, snapshot, relinked);
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

  async #replace(
    request: LinkRequest,
    link: Link,
    podId: number,
    condition: PlaceOptions &
      (
        | { readonly onlyIfTemporary: true }
        | (Pick<ReplaceLinkedPodOptions, 'ownerDiedAt' | 'othersFell' | 'poison'> & {
            readonly ifToken: number | null;
            readonly unservedMs: number | undefined;
          })
      ),
    snapshot: Snapshot,
    moved: Count,
  ): Promise<Link | undefined> {
    const { stateful, services, linkSeconds } = this.#parts;
    const { namespace, uid, serviceName } = request;
    const service = services.service(namespace, serviceName);
    const undo = service.placements.place(podId);
    let refused: ReplaceResult | undefined;
    try {
      const replaced = await stateful.replaceLinkedPod(
        namespace,
        uid,
        serviceName,
        link.podId,
        podId,
        linkSeconds,
        { ...request.options(), ...condition },
      );
      if (replaced.linked) {
        request.isPlaced = true;
        moved.value += 1;
        return { podId, permanent: false, ttlMs: linkSeconds * 1_000 };
      }
      undo();
      refused = replaced;
    } catch (error) {
      undo();
      await this.#refreshEpoch(request, error);
    }
    const { quarantinedUntil, suspected, pinnedTo: pin } = refused ?? {};
    if (quarantinedUntil !== undefined) throw quarantined(request, quarantinedUntil, snapshot);
    if (suspected && 'ifToken' in condition && condition.poison === undefined) {
      const poison = await this.#judge(request);
      return this.#replace(request, link, podId, { ...condition, poison }, snapshot, moved);
    }
    // A pin that was changed meanwhile is met when the link is resolved again.
    if (pin === undefined || condition.despitePin !== undefined) return undefined;
    const target = picked(service, snapshot, uid, pin).best ?? podId;
    return this.#replace(request, link, target, { ...condition, despitePin: pin }, snapshot, moved);
  }

  /** What becomes of a user against whom too many deaths are held. */
  async #judge(request: LinkRequest): Promise<'quarantine' | 'forgive'> {
    const { server, logger } = this.#parts;
    const { namespace, serviceName, uid } = request;
    if (await server.quarantineUser(namespace, serviceName, uid, QUARANTINE_MS, request.options())) {
      logger.error({ namespace, serviceName, uid }, QUARANTINED);
      return 'quarantine';
    }
    logger.error({ namespace, serviceName, uid }, NOT_QUARANTINED);
    return 'forgive';
  }

  /** Takes a dead owner's claim over. The compare-and-set fails if the owner has claimed again meanwhile. */
  async #takeOver(request: LinkRequest, link: Link): Promise<Link | undefined> {
    const { services } = this.#parts;
    const { namespace, uid, serviceName } = request;
    const fresh = await services.fresh(namespace, serviceName, request.options());
    const service = services.service(namespace, serviceName);
    const pick = picked(service, fresh, uid);
    const decided = this.#checkOwner(request, link, fresh, pick.best);
    if (decided.step === 'return') return link;
    if (decided.step === 'refuse') throw refusal(request, pick);
    const owner = fresh.pods.get(link.podId);
    const unservedMs = owner && ageMsOf(owner, fresh.read.storeTime);
    const death = deathOf(fresh.asRead, link.podId);
    const condition = {
      ifToken: link.token ?? null,
      epoch: fresh.read.epoch,
      unservedMs,
      ownerDiedAt: death?.at,
      othersFell: death?.othersFell,
    };
    const cause = causeOfDeath(owner);
    const takeOver = service.telemetry.takeovers[cause];
    const moved = await this.#replace(request, link, decided.podId, condition, fresh, takeOver);
    if (moved) this.#parts.takeOvers.note(namespace, serviceName, link.podId);
    return moved;
  }

  /** Decides about a claim. Throws `POD_NOT_AVAILABLE` if its owner must be waited for. */
  #checkOwner(
    request: LinkRequest,
    link: Link,
    fresh: Snapshot,
    best?: number,
  ): Exclude<OwnerStep, { readonly step: 'wait' }> {
    const decided = ownerStep(link, fresh, best, this.#parts.leaseMs);
    if (decided.step !== 'wait') return decided;
    throw podNotAvailable(request, link.podId, decided.retryAfterMs, decided.why);
  }
}

/** The error of a user who is quarantined. */
function quarantined(request: LinkRequest, until: number, snapshot: Snapshot): Error {
  return podNotAvailable(request, undefined, Math.max(1, until - snapshot.storeTime()), 'quarantined');
}

/** The pod that was picked, or why none could be. */
interface Picked {
  readonly best: number | undefined;
  /** The error of a function that the application gave. A user whose link can be used needs no pick. */
  readonly failure?: unknown;
}

type PickedView = LinkView & Picked;

function picked({ placements }: Service, snapshot: Snapshot, uid: string, pin?: number): Picked {
  try {
    return { best: placements.pick(snapshot, uid, { pin }) };
  } catch (failure) {
    return { best: undefined, failure };
  }
}

/** The error of a user whom no pod can take. */
function refusal({ namespace, serviceName }: LinkRequest, { failure }: Picked): unknown {
  return failure ?? serviceNotReady(namespace, serviceName);
}

function causeOfDeath(owner: StatefulServiceState | undefined): TakeoverCause {
  if (!owner) return 'missing';
  return hasEnded(owner) ? 'ended' : 'silent';
}

/** The error of a link that others changed again and again. */
function alwaysChanging({ namespace, uid, serviceName }: LinkRequest): Error {
  return routeError(
    'SERVICE_NOT_READY',
    `The link of ${uid} in ${namespace}/${serviceName} changed ${ATTEMPTS} times while it was read. Try again.`,
    { namespace, serviceName },
  );
}

/** Whether a reading found a link. */
export function isLinked(reading: LinkReading): reading is LinkReading & Link {
  return reading.podId !== undefined;
}
