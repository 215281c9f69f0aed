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
import type { LoadProbe } from './load-probe.ts';
import { PodLife } from './pod-life.ts';
import { type LinkingPod, PodLinks } from './pod-links.ts';
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
  readonly #status: PodStatus = { state: 'READY', routingState: 'READY', loadState: 0, metadata: {} };
  readonly #lifecycle = new Lifecycle<DrainReport>('pod', { left: 0 });
  #life: PodLife | undefined;
  #displaced = false;

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
    this.#links = new PodLinks({
      stateful,
      logger,
      pod: () => this.#pod(),
      serving: (at) => this.#serving(at),
      begun: (at) => {
        this.#begun(at);
      },
      isServing: (incarnation) => this.#isServing(incarnation),
      retryAfterMs: config.serviceStateUpdatePeriodSeconds * 1_000,
      onLost: (uids) => {
        this.#events.emit('claimsLost', { uids });
      },
      onLeft: (left) => {
        if (this.#status.routingState !== 'READY') this.#events.emit('drainProgress', { left });
      },
    });
  }

  init(): void {
    this.#pod();
  }

  async start({ signal }: { readonly signal?: AbortSignal | undefined } = {}): Promise<void> {
    const pod = this.#pod();
    await this.#lifecycle.start(signal, (either) => this.#start(pod, either));
    this.#life?.obey();
  }

  async stop(options: { readonly signal?: AbortSignal | undefined } = {}): Promise<DrainReport> {
    return this.#lifecycle.stop(() => this.#stop(options));
  }

  setLoadState(load: number): void {
    checkLoad(load, 'load');
    this.#status.loadState = load;
    if (this.#lifecycle.phase === 'running' && this.#life?.heartbeat.isLargeChange()) this.#publishLater();
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
    return this.#displaced;
  }

  async drain(options: DrainOptions = {}): Promise<DrainReport> {
    const { deadlineMs, signal } = { ...this.#drainOptions, ...options };
    this.#begun(this.#place.namespace);
    this.#status.routingState = 'DENY_NEW_CALL';
    await this.#publish().catch(() => {
      // Logged by the heartbeat; the next one carries the refusal, and waiting is still right.
    });
    const over = new AbortController();
    const cancel = this.#clock.setTimeout(() => {
      over.abort();
    }, deadlineMs ?? this.#config.drainTimeoutMs);
    await this.#links.claims.whenEmpty(signal ? AbortSignal.any([signal, over.signal]) : over.signal);
    cancel();
    return { left: this.#links.claims.size };
  }

  on<E extends keyof ServerDriverEvents>(
    event: E,
    listener: (detail: ServerDriverEvents[E]) => void,
  ): () => void {
    return this.#events.on(event, listener);
  }

  /** How old the pod is to its readers at most, in ms; `undefined` when it does not run. */
  heartbeatAgeMs(): number | undefined {
    return this.#life?.heartbeat.ageMs();
  }

  async #start(pod: LinkingPod, signal: AbortSignal): Promise<void> {
    const life = new PodLife({ ...pod, incarnation: this.#newIncarnation() }, this.#lifeParts());
    this.#life = life;
    this.#displaced = false;
    try {
      await life.begin(signal);
    } catch (error) {
      const { state } = this.#status;
      // The first heartbeat may have arrived: readers must not take a pod that never started for alive.
      await life.end(life.heartbeat.begun ? 'TERMINATING' : undefined);
      this.#status.state = state;
      this.#life = undefined;
      throw error;
    }
  }

  async #stop({ signal }: { readonly signal?: AbortSignal | undefined }): Promise<DrainReport> {
    const life = this.#life;
    if (!life) return { left: 0 };
    const { state, routingState } = this.#status;
    const report =
      this.#displaced || this.#links.claims.size === 0 ? { left: 0 } : await this.drain({ signal });
    const left = this.#links.claims.entries();
    this.#links.claims.clear(notRunning('pod', 'The pod stopped.'));
    if (this.#config.leftover === 'release') await this.#links.giveBack(left);
    await life.end(this.#displaced ? undefined : 'TERMINATING');
    // What was set before the end holds for the next start.
    Object.assign(this.#status, { state, routingState });
    this.#life = undefined;
    return report;
  }

  #lifeParts(): ConstructorParameters<typeof PodLife>[1] {
    return {
      stateful: this.#stateful,
      server: this.#server,
      feed: this.#feed,
      clock: this.#clock,
      logger: this.#logger,
      config: this.#config,
      probe: this.#probe,
      status: this.#status,
      onDisplaced: () => {
        this.#onDisplaced();
      },
      onIntent: (intent) => {
        this.#onIntent(intent);
      },
    };
  }

  #onDisplaced(): void {
    const { podId } = this.#pod();
    const incarnation = this.#life?.incarnation ?? '';
    this.#displaced = true;
    this.#logger.error(
      { podId, incarnation },
      'another process runs under this ordinal; this one must not serve',
    );
    this.#events.emit('duplicateIncarnation', { podId, incarnation });
    this.#events.emit('fenced', { reason: 'another process started under this ordinal' });
    const uids = this.#links.claims.clear(this.#fenced());
    if (uids.length > 0) this.#events.emit('claimsLost', { uids });
  }

  #onIntent(intent: PodIntent): void {
    this.#logger.info({ podId: this.#place.podId, intent }, 'an operator asks');
    if (intent === 'drain') {
      this.drain().catch((error: unknown) => {
        this.#logger.warn({ err: error }, 'the drain an operator asked for ended early');
      });
      return;
    }
    this.#status.routingState = 'READY';
    this.#publishLater();
  }

  async #publish(): Promise<void> {
    if (this.#lifecycle.phase === 'running' || this.#lifecycle.phase === 'stopping')
      await this.#life?.heartbeat.publish();
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

  #isServing(incarnation: string): boolean {
    return this.#lifecycle.phase === 'running' && !this.#displaced && this.#life?.incarnation === incarnation;
  }

  /** The incarnation that may make links. */
  #serving(namespace: string): string {
    const life = this.#begun(namespace);
    if (this.#lifecycle.phase !== 'running')
      throw notRunning('pod', 'The pod is stopping: it takes no more users.');
    if (this.#displaced) throw this.#fenced();
    return life.incarnation;
  }

  /** The life in which links may be removed: also while the pod stops. */
  #begun(namespace: string): PodLife {
    if (namespace !== this.#place.namespace) throw namespaceNotLocal(namespace, this.#place);
    if (!this.#life || (this.#lifecycle.phase !== 'running' && this.#lifecycle.phase !== 'stopping')) {
      throw notRunning('pod', 'The pod is not started: links are made between start and stop.');
    }
    return this.#life;
  }

  #fenced(): Error {
    const { namespace, serviceName, podId } = this.#pod();
    return routeError(
      'FENCED',
      `Another process runs as pod ${podId} of ${namespace}/${serviceName}. Stop this one.`,
      { namespace, serviceName, podId, incarnation: this.#life?.incarnation ?? '' },
    );
  }
}
