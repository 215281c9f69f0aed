import type { Executors, StatefulRouteForServerDriver } from '@stateful-route/core';
import { type HeartbeatAck, parseIncarnation, type PodReport } from '@stateful-route/core/adapter';
import { createStatefulRoute, type StatefulRoute } from '@stateful-route/driver';
import type { Observation } from '../checks/observation.ts';
import { Chance, mixSeed } from '../script/chance.ts';
import type { FleetPlan } from '../script/fleet-plan.ts';
import { ProcessClock } from '../time/process-clock.ts';
import type { WorldTime } from '../time/world-time.ts';
import { Wire, type WireParts } from '../wire/wire.ts';
import { Application } from './application.ts';
import { HostedApplication } from './hosted-application.ts';
import type { ApplicationHost, PodApplication } from './pod-application.ts';
import { NAMESPACE, podConfig, SERVICE, silentLogger } from './route-settings.ts';
import type { Storage } from './storage.ts';

/** What a process is made of. */
export interface ProcessParts {
  readonly time: WorldTime;
  readonly fleet: FleetPlan;
  readonly store: Executors;
  readonly storage: Storage;
  readonly wire: Pick<WireParts, 'storeClock' | 'isStoreAway' | 'onStored' | 'onLost'>;
  readonly seed: number;
  readonly observe: (observation: Observation) => void;
}

const STORAGE_MAX_MS = 20;

/** One process of a pod: a route, an application, a clock and a wire. */
export class PodProcess implements ApplicationHost {
  readonly name: string;
  readonly ordinal: number;
  readonly clock: ProcessClock;
  readonly wire: Wire;
  readonly route: StatefulRoute<StatefulRouteForServerDriver>;
  readonly application: PodApplication;
  startedAt: number;
  phase: 'starting' | 'running' | 'stopping' | 'stopped' = 'starting';
  /** The application has set a state that ends the pod's incarnation. */
  hasEndedState = false;
  /** The application drained the pod and has not let it take users again. */
  isDrained = false;
  /** The last heartbeat that the store accepted. */
  report: PodReport | undefined;
  readonly #time: WorldTime;
  readonly #releasing = new Map<string, number>();
  #leaving = 0;
  readonly #orders = new Set<string>();
  #runs = 0;
  #isDraining = false;

  constructor(
    name: string,
    ordinal: number,
    { time, fleet, store, storage, wire, seed, observe }: ProcessParts,
  ) {
    const chance = new Chance(mixSeed(seed, 2));
    this.name = name;
    this.ordinal = ordinal;
    this.startedAt = time.now;
    this.#time = time;
    this.clock = new ProcessClock(time, () => {
      observe({ kind: 'ran', pod: this });
    });
    const plan = { ...fleet.wire, timeoutMs: fleet.timeoutMs };
    this.wire = new Wire({ ...wire, name, time, clock: this.clock, store, random: chance.random, plan });
    const ids = new Chance(mixSeed(seed, 3));
    this.route = createStatefulRoute({
      executors: this.wire.executors,
      namespace: NAMESPACE,
      serviceName: SERVICE,
      podId: ordinal,
      address: name,
      config: podConfig(fleet, ordinal),
      clock: this.clock,
      logger: silentLogger,
      overrides: { random: ids.random, newIncarnation: () => this.#nextRunId() },
    });
    const storageMs = (): number => chance.random() * STORAGE_MAX_MS;
    this.application = fleet.host
      ? new HostedApplication({
          pod: this,
          route: this.route,
          plan: fleet.host,
          userTimeoutMs: fleet.userTimeoutMs,
          storage,
          observe,
          storageMs,
          now: () => time.now,
        })
      : new Application(this, this.route.server, storage, observe, storageMs);
    this.route.server.on('drainProgress', () => {
      this.#isDraining = true;
    });
    this.route.server.on('duplicateIncarnation', () => {
      observe({ kind: 'displaced', pod: this });
    });
  }

  /** The id of the last run that the store knows. */
  get runId(): string | undefined {
    return this.report && parseIncarnation(this.report.incarnation).id;
  }

  get server(): StatefulRouteForServerDriver {
    return this.route.server;
  }

  get isRunning(): boolean {
    return (this.phase === 'running' || this.phase === 'stopping') && !this.clock.isDead;
  }

  get isPaused(): boolean {
    return this.clock.isPaused;
  }

  get isRoutable(): boolean {
    const { state, routingState } = this.report ?? {};
    return this.phase === 'running' && state === 'READY' && routingState === 'READY' && !this.isFenced();
  }

  get isHandingOver(): boolean {
    return this.#leaving > 0 || this.#orders.size > 0 || this.#isDraining || this.phase !== 'running';
  }

  get troubledUntil(): number {
    return Math.max(this.wire.troubledUntil, this.clock.pausedUntil);
  }

  #nextRunId(): string {
    this.#runs += 1;
    return `${this.name}-${this.#runs}`;
  }

  holds(uid: string): boolean {
    return this.server.holds(uid);
  }

  isFenced(): boolean {
    return this.server.isFenced();
  }

  /** Notes a heartbeat that the store accepted. */
  onHeartbeat(report: PodReport, { intent }: HeartbeatAck): void {
    this.report = report;
    // An operator's drain continues, whatever the application does.
    if (report.routingState === 'READY' && intent !== 'drain') this.#isDraining = false;
  }

  /** Notes an order that this process has taken, or that it has ended. */
  onOrder(id: string, isTaken: boolean): void {
    if (isTaken) this.#orders.add(id);
    else this.#orders.delete(id);
  }

  causeOfEnd(uid: string): string | undefined {
    if (this.isReleasing(uid)) return 'a release';
    return this.isHandingOver || this.hasEndedState ? 'a drain' : undefined;
  }

  isReleasing(uid: string): boolean {
    return (this.#releasing.get(uid) ?? 0) > 0;
  }

  /** Marks a user as being released while an operation runs. */
  async releasing<T>(uid: string, operation: () => Promise<T>): Promise<T> {
    this.#releasing.set(uid, (this.#releasing.get(uid) ?? 0) + 1);
    try {
      return await operation();
    } finally {
      this.#releasing.set(uid, (this.#releasing.get(uid) ?? 1) - 1);
    }
  }

  /** Marks the pod as handing users off while an operation runs. */
  async leaving<T>(operation: () => Promise<T>): Promise<T> {
    this.#leaving += 1;
    try {
      return await operation();
    } finally {
      this.#leaving -= 1;
    }
  }

  wait(ms: number): Promise<void> {
    return new Promise((resolve) => {
      this.clock.setTimeout(resolve, ms);
    });
  }

  callOutside<T>(ms: number, call: () => T): Promise<T> {
    return new Promise((resolve) => {
      this.#time.after(ms / 2, () => {
        const answer = call();
        this.clock.deliver(() => {
          resolve(answer);
        }, ms / 2);
      });
    });
  }

  /** Kills the process: nothing that it does takes effect any more. */
  kill(): void {
    this.clock.kill();
    this.wire.close();
    this.phase = 'stopped';
  }
}
