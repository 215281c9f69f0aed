import {
  type CallOptions,
  checkLoad,
  checkMetadata,
  checkWord,
  type ClaimOptions,
  type ClaimResult,
  type Clock,
  type DrainOptions,
  type DrainReport,
  type Logger,
  type PodIntent,
  type PodMetadata,
  type RemoveLinkedPodOptions,
  type RemoveLinkedPodWithIdOptions,
  routeError,
  ROUTING_STATES,
  type RoutingState,
  SERVICE_STATES,
  type ServerDriverEvents,
  type ServerExecutor,
  type ServiceState,
  type StatefulExecutor,
  type StatefulRouteForServerDriver,
  type StateFeed,
  type TrySetResult,
} from '@stateful-route/core';
import { inject, injectable } from 'tsyringe';
import { namespaceNotLocal } from '../client/client-driver.ts';
import { invalidConfig } from '../config/resolve-config.ts';
import type { RouteConfig } from '../config/route-config.ts';
import { Lifecycle, notRunning } from '../lifecycle.ts';
import type { RoutePlace } from '../route/route-parts.ts';
import { tokens } from '../route/tokens.ts';
import { PodPicker } from '../state/pod-picker.ts';
import { ServiceStateCache } from '../state/service-state-cache.ts';
import { drainPlan } from './drain-plan.ts';
import { HandOff } from './hand-off.ts';
import type { LoadProbe } from './load-probe.ts';
import { type LinkingPod, PodLinks } from './pod-links.ts';
import { PodOwnership } from './pod-ownership.ts';
import type { PodStatus } from './pod-status.ts';
import { ServerEvents } from './server-events.ts';

/** A pod that publishes what it is, and holds its users. */
@injectable()
export class ServerDriver implements StatefulRouteForServerDriver {
  readonly #place: RoutePlace;
  readonly #config: RouteConfig;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #stateful: StatefulExecutor;
  readonly #server: ServerExecutor;
  readonly #feed: StateFeed;
  readonly #probe: LoadProbe;
  readonly #newIncarnation: () => string;
  readonly #drainOptions: DrainOptions;
  readonly #events: ServerEvents;
  readonly #links: PodLinks;
  readonly #handOff: HandOff;
  readonly #status: PodStatus = { state: 'READY', routingState: 'READY', loadState: 0, metadata: {} };
  readonly #lifecycle = new Lifecycle<DrainReport>('pod', { left: 0 });
  #ownership: PodOwnership | undefined;
  #operatorDrain: AbortController | undefined;

  constructor(
    @inject(tokens.place) place: RoutePlace,
    @inject(tokens.config) config: RouteConfig,
    @inject(tokens.clock) clock: Clock,
    @inject(tokens.logger) logger: Logger,
    @inject(tokens.statefulExecutor) stateful: StatefulExecutor,
    @inject(tokens.serverExecutor) server: ServerExecutor,
    @inject(tokens.stateFeed) feed: StateFeed,
    @inject(tokens.loadProbe) probe: LoadProbe,
    @inject(tokens.newIncarnation) newIncarnation: () => string,
    @inject(tokens.drain) drain: DrainOptions,
    @inject(tokens.stateCache) states: ServiceStateCache,
    @inject(tokens.podPicker) picker: PodPicker,
  ) {
    this.#place = place;
    this.#config = config;
    this.#clock = clock;
    this.#logger = logger;
    this.#stateful = stateful;
    this.#server = server;
    this.#feed = feed;
    this.#probe = probe;
    this.#newIncarnation = newIncarnation;
    this.#drainOptions = drain;
    this.#events = new ServerEvents(logger);
    const onLost = (uids: readonly string[]): void => {
      this.#events.emit('claimsLost', { uids });
    };
    this.#links = new PodLinks({
      stateful,
      logger,
      onLost,
      pod: () => this.#pod(),
      serving: (at) => this.#serving(at),
      begun: (at) => {
        this.#begun(at);
      },
      isServing: (incarnation) =>
        this.#lifecycle.phase === 'running' && this.#ownership?.serving === incarnation,
      servingMs: () => this.#ownership?.servingMs() ?? 0,
      timeoutMs: config.timeoutMs,
      retryAfterMs: config.serviceStateUpdatePeriodSeconds * 1_000,
      onLeft: (left) => {
        if (this.#status.routingState !== 'READY') this.#events.emit('drainProgress', { left });
      },
    });
    this.#handOff = new HandOff({
      stateful,
      states,
      picker,
      clock,
      logger,
      onLost,
      pod: () => this.#pod(),
      claims: this.#links.claims,
      linkSeconds: Math.ceil(config.linkInfoCacheTimeSecs),
      retryMs: config.retryDelayMs,
    });
  }

  init(): void {
    this.#pod();
  }

  async start({ signal }: { readonly signal?: AbortSignal | undefined } = {}): Promise<void> {
    const pod = this.#pod();
    await this.#lifecycle.start(signal, (either) => this.#start(pod, either));
    this.#ownership?.obey();
  }

  async stop(options: { readonly signal?: AbortSignal | undefined } = {}): Promise<DrainReport> {
    return this.#lifecycle.stop(() => this.#stop(options));
  }

  setLoadState(load: number): void {
    checkLoad(load, 'load');
    this.#status.loadState = load;
    if (this.#lifecycle.phase === 'running' && this.#ownership?.isLargeChange()) this.#publishLater();
  }

  getLoadState(): number {
    return this.#status.loadState;
  }

  async setRoutingState(state: RoutingState): Promise<void> {
    checkWord(state, 'state', ROUTING_STATES);
    this.#status.routingState = state;
    await this.#publish();
  }

  getRoutingState(): RoutingState {
    return this.#status.routingState;
  }

  async setServiceState(state: ServiceState): Promise<void> {
    checkWord(state, 'state', SERVICE_STATES);
    this.#status.state = state;
    await this.#publish();
  }

  async setMetadata(metadata: PodMetadata): Promise<void> {
    checkMetadata(metadata);
    this.#status.metadata = { ...metadata };
    await this.#publish();
  }

  async setLinkedPod(
    namespace: string,
    uid: string,
    serviceName: string,
    podId: number,
    options?: CallOptions,
  ): Promise<number | undefined> {
    return this.#links.setLinkedPod(namespace, uid, serviceName, podId, options);
  }

  async trySetLinkedPod(
    namespace: string,
    uid: string,
    serviceName: string,
    podId: number,
    options?: ClaimOptions,
  ): Promise<TrySetResult> {
    return this.#links.trySetLinkedPod(namespace, uid, serviceName, podId, options);
  }

  async removeLinkedPod(
    namespace: string,
    uid: string,
    serviceName: string,
    options?: RemoveLinkedPodOptions,
  ): Promise<boolean> {
    return this.#links.removeLinkedPod(namespace, uid, serviceName, options);
  }

  async removeLinkedPodWithId(
    namespace: string,
    uid: string,
    serviceName: string,
    podId: number,
    options?: RemoveLinkedPodWithIdOptions,
  ): Promise<boolean> {
    return this.#links.removeLinkedPodWithId(namespace, uid, serviceName, podId, options);
  }

  async claim(uid: string, options?: ClaimOptions): Promise<ClaimResult> {
    return this.#links.claim(uid, options);
  }

  async release(uid: string, options?: RemoveLinkedPodOptions): Promise<boolean> {
    return this.#links.release(uid, options);
  }

  async refuse(uid: string, options?: CallOptions): Promise<boolean> {
    return this.#links.refuse(uid, options);
  }

  holds(uid: string): boolean {
    return !this.isFenced() && this.#links.claims.holds(uid);
  }

  async claimScope<T>(
    uid: string,
    fn: (scope: { readonly signal: AbortSignal; readonly token: number }) => Promise<T>,
    options?: ClaimOptions,
  ): Promise<T> {
    return this.#links.claimScope(uid, fn, options);
  }

  isFenced(): boolean {
    return this.#ownership?.isFenced ?? false;
  }

  async drain(options: DrainOptions = {}): Promise<DrainReport> {
    this.#begun(this.#place.namespace);
    const { deadlineMs, signal, onHandOff, ratePerSecond } = drainPlan(this.#drainOptions, options);
    this.#status.routingState = 'DENY_NEW_CALL';
    this.#events.emit('drainProgress', { left: this.#links.claims.size });
    await this.#publish().catch(() => {
      // Logged by the heartbeat; the next one carries the refusal, and draining is still right.
    });
    const over = new AbortController();
    const end = (): void => {
      over.abort();
    };
    const cancel = this.#clock.setTimeout(end, deadlineMs ?? this.#config.drainTimeoutMs, {
      keepsAlive: true,
    });
    const either = signal ? AbortSignal.any([signal, over.signal]) : over.signal;
    if (onHandOff) await this.#handOff.run({ onHandOff, ratePerSecond, signal: either });
    await this.#links.claims.whenEmpty(either);
    cancel();
    return { left: this.#links.claims.size };
  }

  on<E extends keyof ServerDriverEvents>(
    event: E,
    listener: (detail: ServerDriverEvents[E]) => void,
  ): () => void {
    return this.#events.on(event, listener);
  }

  async #start(pod: LinkingPod, signal: AbortSignal): Promise<void> {
    const { state } = this.#status;
    const ownership = new PodOwnership(this.#ownershipParts(pod));
    this.#ownership = ownership;
    try {
      await ownership.begin(signal);
    } catch (error) {
      this.#status.state = state;
      this.#ownership = undefined;
      throw error;
    }
  }

  async #stop({ signal }: { readonly signal?: AbortSignal | undefined }): Promise<DrainReport> {
    const ownership = this.#ownership;
    if (!ownership) return { left: 0 };
    const { state, routingState } = this.#status;
    const report = this.#links.claims.size === 0 ? { left: 0 } : await this.drain({ signal });
    const left = this.#links.claims.all();
    ownership.stopServing();
    this.#links.claims.clear(notRunning('pod', 'The pod stopped.'));
    if (this.#config.leftover === 'release') await this.#links.giveBack(left);
    await ownership.end(true);
    // What was set before the end holds for the next start.
    Object.assign(this.#status, { state, routingState });
    this.#ownership = undefined;
    return report;
  }

  #ownershipParts(pod: LinkingPod): ConstructorParameters<typeof PodOwnership>[0] {
    return {
      pod,
      stateful: this.#stateful,
      server: this.#server,
      feed: this.#feed,
      clock: this.#clock,
      logger: this.#logger,
      config: this.#config,
      probe: this.#probe,
      status: this.#status,
      newIncarnation: this.#newIncarnation,
      claims: this.#links.claims,
      fencedError: () => this.#fenced(),
      onFenced: (reason) => {
        this.#events.emit('fenced', { reason });
      },
      onUnfenced: (incarnation, claims) => {
        this.#events.emit('unfenced', { incarnation, claims });
      },
      onDisplaced: (incarnation) => {
        this.#events.emit('duplicateIncarnation', { podId: pod.podId, incarnation });
      },
      onLost: (uids) => {
        this.#events.emit('claimsLost', { uids });
      },
      onIntent: (intent) => {
        this.#onIntent(intent);
      },
    };
  }

  #onIntent(intent: PodIntent): void {
    this.#logger.info({ podId: this.#place.podId, intent }, 'an operator asks');
    this.#operatorDrain?.abort();
    if (intent === 'drain') {
      this.#operatorDrain = new AbortController();
      this.drain({ signal: this.#operatorDrain.signal }).catch((error: unknown) => {
        this.#logger.warn({ err: error }, 'the drain an operator asked for ended early');
      });
      return;
    }
    // What the application has set meanwhile is its own.
    if (this.#status.routingState === 'DENY_NEW_CALL') this.#status.routingState = 'READY';
    this.#publishLater();
  }

  async #publish(): Promise<void> {
    if (this.#lifecycle.phase === 'running' || this.#lifecycle.phase === 'stopping')
      await this.#ownership?.publish();
  }

  #publishLater(): void {
    // A failure was logged, and the next heartbeat says the same.
    this.#publish().catch(() => {});
  }

  #pod(): LinkingPod & { readonly address?: string | undefined } {
    const { namespace, serviceName, podId, address } = this.#place;
    if (serviceName === undefined || podId === undefined) {
      throw invalidConfig([
        { name: serviceName === undefined ? 'serviceName' : 'podId', problem: 'is what a pod needs' },
      ]);
    }
    return { namespace, serviceName, podId, address };
  }

  /** The incarnation that may make links. */
  #serving(namespace: string): string {
    const ownership = this.#begun(namespace);
    if (this.#lifecycle.phase !== 'running') {
      throw notRunning('pod', 'The pod is stopping: it takes no more users.');
    }
    if (ownership.serving === undefined) throw this.#fenced();
    return ownership.serving;
  }

  /** What may remove links: also while the pod stops. */
  #begun(namespace: string): PodOwnership {
    if (namespace !== this.#place.namespace) throw namespaceNotLocal(namespace, this.#place);
    const { phase } = this.#lifecycle;
    if (!this.#ownership || (phase !== 'running' && phase !== 'stopping')) {
      throw notRunning('pod', 'The pod is not started: links are made between start and stop.');
    }
    return this.#ownership;
  }

  #fenced(): Error {
    const { namespace, serviceName, podId } = this.#pod();
    const displaced = this.#ownership?.isDisplaced === true;
    return routeError(
      'FENCED',
      displaced
        ? `Another process runs as pod ${podId} of ${namespace}/${serviceName}. Stop this one.`
        : `Pod ${podId} of ${namespace}/${serviceName} has not been heard by the store for nearly its lease. It comes back by itself when it is.`,
      { namespace, serviceName, podId, incarnation: this.#ownership?.incarnation ?? '' },
    );
  }
}
