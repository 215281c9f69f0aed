import type {
  ClaimRefusal,
  Clock,
  DrainOptions,
  DrainReport,
  PodMetadata,
  RoutingState,
  StatefulRouteForServerDriver,
  UserClaim,
} from '@stateful-route/core';
import type { PodIdentity, StatefulRoute } from '@stateful-route/driver';
import type { AgentEvent, LeaseLeft, Subscriber } from './agent-event.ts';
import { HandOffs } from './hand-offs.ts';

/** The route of the agent's pod. */
export type PodRoute = StatefulRoute<StatefulRouteForServerDriver>;

/** What an agent's pod depends on. */
export interface AgentPodParts {
  readonly route: PodRoute;
  readonly pod: PodIdentity;
  readonly clock: Clock;
  /** How long the application has to save a user, in ms. Shorter than the driver's own limit, which moves the user unsaved. */
  readonly saveTimeoutMs: number;
  /** The machine's monotonic clock in ms, which other processes read too; `undefined` if there is none. */
  readonly machineMs: (() => number) | undefined;
}

/** The outcome of a claim. */
export type ClaimAnswer =
  | (LeaseLeft & { readonly claimed: true; readonly token: number })
  | {
      readonly claimed: false;
      readonly podId: number | null;
      readonly address: string | null;
      readonly why: ClaimRefusal;
    }
  | { readonly claimed: 'fenced' };

/** What the application sets of its pod. */
export interface PodSettings {
  readonly load?: number | undefined;
  readonly routingState?: RoutingState | undefined;
  readonly metadata?: PodMetadata | undefined;
  /** `null`: no limit. */
  readonly maxUsers?: number | null | undefined;
}

/** The pod of an application in another process: its claims, its hand-offs, and the events that the application gets. */
export class AgentPod {
  readonly handOffs: HandOffs;
  readonly #parts: AgentPodParts;
  #subscriber: Subscriber | undefined;
  #refusesClaims = false;

  constructor(parts: AgentPodParts) {
    const { route, clock, saveTimeoutMs } = parts;
    const { server } = route;
    this.#parts = parts;
    this.handOffs = new HandOffs({
      clock,
      saveTimeoutMs,
      send: (handOff) => this.#send({ name: 'handOff', data: handOff }),
    });
    server.onHandOff((user) => this.handOffs.save(user));
    server.on('beat', () => this.#send({ name: 'lease', data: this.leaseLeft() }));
    server.on('fenced', ({ reason }) => this.#send({ name: 'fenced', data: { reason } }));
    server.on('stopped', () => this.#send({ name: 'fenced', data: { reason: 'the pod has stopped' } }));
    server.on('unfenced', ({ claims }) =>
      this.#send({ name: 'unfenced', data: { ...this.leaseLeft(), claims } }),
    );
    server.on('claimsLost', ({ claims }) => this.#send({ name: 'claimsLost', data: { claims } }));
    server.on('handOffEnded', ({ uid, token, moved }) => {
      const handOff = this.handOffs.ended(uid);
      // A user who was lost or fenced meanwhile has not moved, and does not stay either.
      const isTold = moved || server.tokenOf(uid) === token;
      if (handOff && isTold) this.#send({ name: 'handOffEnded', data: { ...handOff, moved } });
    });
  }

  /** Whether somebody gets the events. */
  get hasSubscriber(): boolean {
    return this.#subscriber !== undefined;
  }

  /**
   * Sends the whole state, the hand-offs that were not acknowledged, and then every event. Returns a function that ends this,
   * or `undefined` if there is a subscriber already.
   */
  subscribe(subscriber: Subscriber): (() => void) | undefined {
    if (this.#subscriber) return undefined;
    const { namespace, serviceName: service, podId } = this.#parts.pod;
    this.#subscriber = subscriber;
    const fenced = this.#parts.route.server.isFenced();
    const handOffs = this.handOffs.waiting;
    const data = { namespace, service, podId, fenced, ...this.leaseLeft(), users: this.users(), handOffs };
    this.#send({ name: 'state', data });
    for (const handOff of handOffs) this.#send({ name: 'handOff', data: handOff });
    return () => {
      if (this.#subscriber === subscriber) this.#subscriber = undefined;
    };
  }

  async claim(uid: string, minToken: number | undefined): Promise<ClaimAnswer> {
    const { server } = this.#parts.route;
    if (this.#refusesClaims && !server.holds(uid))
      return { claimed: false, podId: null, address: null, why: 'draining' };
    const claim = await server.claim(uid, { minToken });
    if (claim.claimed) {
      const left = this.leaseLeft();
      // The pod may have fenced itself since.
      return left.validForMs > 0 ? { claimed: true, token: claim.token, ...left } : { claimed: 'fenced' };
    }
    const { podId, why } = claim;
    return { claimed: false, podId: podId ?? null, address: (await this.#addressOf(podId)) ?? null, why };
  }

  release(uid: string): Promise<boolean> {
    return this.#parts.route.server.release(uid);
  }

  /** The users whom the pod holds, with their tokens. */
  users(): readonly UserClaim[] {
    const { server } = this.#parts.route;
    return [...server.held()].flatMap((uid) => {
      const token = server.tokenOf(uid);
      return token === undefined ? [] : [{ uid, token }];
    });
  }

  /** Sets what is given. Rejects when the store does not acknowledge it; the next heartbeat has it all the same. */
  async set({ load, routingState, metadata, maxUsers }: PodSettings): Promise<void> {
    const { server } = this.#parts.route;
    if (load !== undefined) server.setLoadState(load);
    const published: Promise<void>[] = [];
    if (maxUsers !== undefined) published.push(server.setMaxUsers(maxUsers ?? undefined));
    if (metadata !== undefined) published.push(server.setMetadata(metadata));
    if (routingState !== undefined) published.push(server.setRoutingState(routingState));
    await Promise.all(published);
  }

  /** Claims nobody from now on, as the pod is about to stop. */
  refuseClaims(): void {
    this.#refusesClaims = true;
  }

  /** The application has ended: nobody is claimed and nothing is saved from now on. */
  close(reason: Error): void {
    this.refuseClaims();
    this.handOffs.refuse(reason);
  }

  drain(options: DrainOptions): Promise<DrainReport> {
    return this.#parts.route.server.drain(options);
  }

  leaseLeft(): LeaseLeft {
    // The machine's clock first: a pause between the two readings makes the lease shorter, never longer.
    const now = this.#parts.machineMs?.();
    const validForMs = Math.max(0, Math.floor(this.#parts.route.server.validForMs()));
    return now === undefined ? { validForMs } : { validForMs, validUntilMs: Math.floor(now + validForMs) };
  }

  async #addressOf(podId: number | undefined): Promise<string | undefined> {
    if (podId === undefined) return undefined;
    const { route, pod } = this.#parts;
    // Which pod has the user is known without this: the address is for convenience.
    const pods = await route
      .service(pod.serviceName)
      .pods()
      .catch(() => undefined);
    return pods?.get(podId)?.address;
  }

  #send(event: AgentEvent): void {
    this.#subscriber?.(event);
  }
}
