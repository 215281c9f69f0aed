import type {
  ClaimOptions,
  ClaimResult,
  Clock,
  DrainOptions,
  DrainReport,
  HandOffListener,
  HandOffOptions,
  HandOffSelection,
  PodMetadata,
  RoutingState,
  ServerDriverEvents,
  ServiceState,
  StatefulRouteForServerDriver,
  UserUse,
} from '@stateful-route/core';
import {
  checkFunction,
  checkLoad,
  checkMetadata,
  checkUid,
  checkWord,
  type LimitedLogger,
  ROUTING_STATES,
  SERVICE_STATES,
  type ServerExecutor,
  type StatefulExecutor,
  type StateFeed,
} from '@stateful-route/core/adapter';
import { inject, injectable } from 'tsyringe';
import { checkMaxUsers } from '../config/option-rules.ts';
import type { ShedPolicy } from '../config/rebalance.ts';
import type { RouteConfig } from '../config/route-config.ts';
import { namespaceNotLocal, notRunning } from '../errors.ts';
import { ServiceRegistry } from '../service/service-registry.ts';
import { Lifecycle, type LifecycleOptions } from '../waiting/lifecycle.ts';
import { PodTelemetry } from '../telemetry/pod-telemetry.ts';
import type { RouteTelemetry } from '../telemetry/route-telemetry.ts';
import { podAt, type PodPlace, type RoutePlace } from '../wiring/place.ts';
import { internalTokens, tokens } from '../wiring/tokens.ts';
import { MovedUsers } from './claims/moved-users.ts';
import { Saves } from './claims/saves.ts';
import { PodStatus, type Refusal } from './life/incarnations.ts';
import type { LoadProbe } from './life/load-probe.ts';
import { Operators } from './operators.ts';
import { PodDrain } from './pod-drain.ts';
import { PodLinkCalls } from './pod-link-calls.ts';
import { PodLinks } from './pod-links.ts';
import { PodRun, type PodRunListener, type PodRunParts } from './pod-run.ts';
import { ServerEvents } from './server-events.ts';
import { endRun } from './stop.ts';

/** A pod: publishes its state, and holds its users. */
@injectable()
export class ServerDriver extends PodLinkCalls implements StatefulRouteForServerDriver {
  readonly #pod: PodPlace;
  readonly #config: RouteConfig;
  readonly #clock: Clock;
  readonly #logger: LimitedLogger;
  readonly #events: ServerEvents;
  readonly #drainDefaults: DrainOptions;
  protected readonly links: PodLinks;
  readonly #drain: PodDrain;
  readonly #operators: Operators;
  /** What all runs share. */
  readonly #shared: Omit<PodRunParts, 'handOffListener' | 'assertRunning' | 'isStopping' | 'listener'>;
  readonly #status = new PodStatus();
  readonly #lifecycle = new Lifecycle<DrainReport>('pod', { left: 0, unsaved: [] });
  #run: PodRun | undefined;
  #handOffListener: HandOffListener | undefined;
  #use: ((uid: string) => UserUse) | undefined;

  constructor(
    @inject(tokens.place) place: RoutePlace,
    @inject(tokens.config) config: RouteConfig,
    @inject(tokens.clock) clock: Clock,
    @inject(internalTokens.limitedLogger) logger: LimitedLogger,
    @inject(tokens.statefulExecutor) stateful: StatefulExecutor,
    @inject(tokens.serverExecutor) server: ServerExecutor,
    @inject(tokens.stateFeed) feed: StateFeed,
    @inject(tokens.loadProbe) probe: LoadProbe,
    @inject(tokens.newIncarnation) newIncarnation: () => string,
    @inject(tokens.drain) drain: DrainOptions,
    @inject(internalTokens.rebalancing) rebalancing: Omit<ShedPolicy, 'use'>,
    @inject(tokens.stateCache) services: ServiceRegistry,
    @inject(internalTokens.telemetry) telemetry: RouteTelemetry,
  ) {
    super();
    this.#pod = podAt(place);
    this.#config = config;
    this.#status.maxUsers = config.maxUsers;
    this.#clock = clock;
    this.#logger = logger;
    this.#events = new ServerEvents(logger);
    this.#shared = {
      pod: this.#pod,
      config,
      clock,
      logger,
      stateful,
      server,
      feed,
      probe,
      telemetry: new PodTelemetry(telemetry, this.#pod),
      status: this.#status,
      services,
      newId: newIncarnation,
      // A save that was given up may still run, and callers remember old links.
      saves: new Saves(clock),
      shed: { ...rebalancing, use: () => this.#use },
      moved: new MovedUsers(clock, Math.ceil(config.linkInfoCacheTimeSecs) * 1_000 + config.timeoutMs),
    };
    this.#drainDefaults = drain;
    this.links = new PodLinks({
      stateful,
      pod: this.#pod,
      telemetry: this.#shared.telemetry,
      serving: (at) => this.#serving(at),
      begun: (at) => this.#begun(at),
      retryAfterMs: config.serviceStateUpdatePeriodSeconds * 1_000,
    });
    this.#drain = new PodDrain({ ...this.#shared, defaults: drain });
    this.#operators = new Operators({
      ...this.#shared,
      run: () => this.#begun(place.namespace),
      drain: this.#drain,
      refuseNew: (intent) => {
        this.#status.refusals.delete(intent === 'drain' ? 'cordon' : 'drain');
        return this.#refuseNew(intent);
      },
      resume: () => {
        this.#status.refusals.delete('drain');
        this.#status.refusals.delete('cordon');
        this.#publishLater();
      },
    });
  }

  /** The configuration was checked when the driver was made. */
  init(): void {}

  async start(options?: LifecycleOptions): Promise<void> {
    await this.#lifecycle.start(options, (either) => this.#start(either));
    this.#run?.obey();
  }

  async stop(options?: LifecycleOptions): Promise<DrainReport> {
    return this.#lifecycle.stop(options, (signal) => this.#stop(signal));
  }

  setLoadState(load: number): void {
    checkLoad(load, 'load');
    this.#status.loadState = load;
    if (this.#lifecycle.phase === 'running' && this.#run?.incarnations.isLargeChange()) this.#publishLater();
  }

  getLoadState(): number {
    return this.#status.loadState ?? (this.#run?.registry.users ?? 0) * this.#config.loadPerUser;
  }

  async setRoutingState(state: RoutingState): Promise<void> {
    checkWord(state, 'state', ROUTING_STATES);
    this.#status.ownRoutingState = state;
    this.#status.refusals.clear();
    await this.#publish();
  }

  getRoutingState(): RoutingState {
    return this.#status.routingState;
  }

  async setServiceState(state: ServiceState): Promise<void> {
    checkWord(state, 'state', SERVICE_STATES);
    this.#status.state = state;
    const { phase } = this.#lifecycle;
    // A pod that is starting publishes it once it has its entry.
    if (phase === 'running' || phase === 'stopping') await this.#run?.incarnations.stateChanged();
  }

  async setMetadata(metadata: PodMetadata): Promise<void> {
    checkMetadata(metadata);
    this.#status.metadata = { ...metadata };
    await this.#publish();
  }

  async setMaxUsers(maxUsers: number | undefined): Promise<void> {
    checkMaxUsers(maxUsers);
    this.#status.maxUsers = maxUsers;
    await this.#publish();
  }

  claim(uid: string, options?: ClaimOptions): Promise<ClaimResult> {
    try {
      const run = this.#begun(this.#pod.namespace);
      run.incarnations.assertUnfenced();
      return run.claims.claim(uid, options);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  holds(uid: string): boolean {
    const run = this.#run;
    return run !== undefined && run.registry.holds(uid) && !run.isFenced;
  }

  tokenOf(uid: string): number | undefined {
    return this.holds(uid) ? this.#run?.registry.heldToken(uid) : undefined;
  }

  setWeight(uid: string, weight: number): boolean {
    checkUid(uid);
    checkLoad(weight, 'weight');
    return this.#run?.registry.setWeight(uid, weight) ?? false;
  }

  held(): ReadonlySet<string> {
    const run = this.#run;
    if (!run || run.isFenced) return new Set();
    return new Set(run.registry.claimsIn('held', 'raising').map(({ uid }) => uid));
  }

  isFenced(): boolean {
    return this.#run?.isFenced ?? false;
  }

  validForMs(): number {
    return this.#run?.incarnations.servingMs() ?? 0;
  }

  onHandOff(listener: HandOffListener): () => void {
    checkFunction(listener, 'listener');
    this.#handOffListener = listener;
    return () => {
      if (this.#handOffListener === listener) this.#handOffListener = undefined;
    };
  }

  reportUse(use: (uid: string) => UserUse): () => void {
    checkFunction(use, 'use');
    this.#use = use;
    return () => {
      if (this.#use === use) this.#use = undefined;
    };
  }

  async drain(options: DrainOptions = {}): Promise<DrainReport> {
    return this.#drain.drain(this.#begun(this.#pod.namespace), options, () => this.#refuseNew('application'));
  }

  async handOff(users: HandOffSelection, options: HandOffOptions = {}): Promise<DrainReport> {
    const run = this.#begun(this.#pod.namespace);
    return this.#drain.handOff(run, users, options);
  }

  on<E extends keyof ServerDriverEvents>(
    event: E,
    listener: (detail: ServerDriverEvents[E]) => void,
  ): () => void {
    return this.#events.on(event, listener);
  }

  async #start(signal: AbortSignal): Promise<void> {
    const run = new PodRun({
      ...this.#shared,
      handOffListener: () => this.#drainDefaults.onHandOff ?? this.#handOffListener,
      assertRunning: () => this.#assertRunning(),
      isStopping: () => this.#lifecycle.phase === 'stopping',
      listener: this.#listener(),
    });
    this.#run = run;
    try {
      await run.begin(signal);
    } catch (error) {
      this.#run = undefined;
      throw error;
    }
  }

  async #stop(signal: AbortSignal | undefined): Promise<DrainReport> {
    const run = this.#run;
    if (!run) return { left: 0, unsaved: [] };
    this.#operators.end();
    const report = await endRun(run, {
      clock: this.#clock,
      config: this.#config,
      logger: this.#logger,
      written: () => Promise.all([this.#drain.settled(), this.#operators.orders.settled()]),
      onStopped: () => this.#events.emit('stopped', {}),
      drain: (budgetMs) => this.#drain.stop(run, budgetMs, signal, () => this.#refuseNew('stop')),
    });
    // A drain's refusal ends with the run. What the application set stays for the next start.
    this.#status.refusals.clear();
    this.#run = undefined;
    return report;
  }

  #listener(): PodRunListener {
    const { podId } = this.#pod;
    return {
      ...this.#events.ofRun(podId),
      intent: (intent) => this.#operators.obey(intent, podId),
      orders: () => this.#run && this.#operators.orders.obey(this.#run),
      changed: (isFewer) => {
        if (isFewer && this.#status.routingState !== 'READY') this.#emitProgress();
      },
    };
  }

  /** Publishes that new users are refused. If that fails, the next heartbeat has it. */
  async #refuseNew(by: Refusal): Promise<void> {
    this.#status.refusals.add(by);
    this.#emitProgress();
    await this.#publish().catch(() => {});
  }

  #emitProgress(): void {
    this.#events.emit('drainProgress', { left: this.#run?.registry.present ?? 0 });
  }

  async #publish(): Promise<void> {
    if (this.#lifecycle.phase === 'running' || this.#lifecycle.phase === 'stopping')
      await this.#run?.incarnations.publish();
  }

  #publishLater(): void {
    // A failure was logged, and the next heartbeat has the same.
    this.#publish().catch(() => {});
  }

  /** The run that may make links. */
  #serving(namespace: string): PodRun {
    const run = this.#begun(namespace);
    this.#assertRunning();
    run.incarnations.assertUnfenced();
    return run;
  }

  #assertRunning(): void {
    if (this.#lifecycle.phase !== 'running') {
      throw notRunning('pod', 'The pod is stopping and takes no more users.');
    }
  }

  /** The run that may remove links, also while the pod stops. */
  #begun(namespace: string): PodRun {
    if (namespace !== this.#pod.namespace) throw namespaceNotLocal(namespace, this.#pod.namespace);
    const { phase } = this.#lifecycle;
    if (!this.#run || (phase !== 'running' && phase !== 'stopping')) {
      throw notRunning('pod', 'The pod is not started. Call start first.');
    }
    return this.#run;
  }
}
