import { createMemoryExecutors, type MemoryExecutors } from '@stateful-route/adapter-memory';
import type { HeartbeatAck, PodReport } from '@stateful-route/core/adapter';
import { allChecks } from '../checks/all-checks.ts';
import { Exemptions } from '../checks/exemptions.ts';
import type { Check, Observation, WorldView } from '../checks/observation.ts';
import { mixSeed } from '../script/chance.ts';
import { type FleetPlan, uidsOf } from '../script/fleet-plan.ts';
import type { Script } from '../script/script.ts';
import { ProcessClock } from '../time/process-clock.ts';
import { WorldTime } from '../time/world-time.ts';
import type { StoredCall } from '../wire/wire-plan.ts';
import { GatewayProcess } from './gateway-process.ts';
import { OperationLog } from './operation-log.ts';
import { PodProcess, type ProcessParts } from './pod-process.ts';
import { Storage } from './storage.ts';

/** A broken promise. */
export interface Violation {
  readonly check: string;
  /** Ms since the world began. */
  readonly at: number;
  readonly seen: string;
}

/** How long a process waits after a failed start before the next, in ms. */
const START_AGAIN_MS = 500;

/** How long a platform takes to end a process whose liveness probe fails, in ms. */
const PLATFORM_ENDS_AFTER_MS = 2_000;

/** One world: a store, and the processes around it. */
export class World implements WorldView {
  readonly fleet: FleetPlan;
  readonly uids: readonly string[];
  readonly time: WorldTime = new WorldTime();
  readonly store: MemoryExecutors;
  readonly pods: PodProcess[] = [];
  readonly gateways: GatewayProcess[] = [];
  readonly exemptions: Exemptions;
  readonly log: OperationLog;
  /** Until when the store is unreachable, in ms of the world. */
  storeAwayUntil = 0;
  /** Until when the store does not answer, in ms of the world. */
  storeHangsUntil = 0;
  violation: Violation | undefined;
  readonly #seed: number;
  readonly #byName = new Map<string, PodProcess>();
  readonly #checks: readonly Check[];
  readonly #storage: Storage;
  readonly #storeClock: ProcessClock;
  #started = 0;

  constructor({ seed, fleet }: Pick<Script, 'seed' | 'fleet'>, checks: readonly Check[] = allChecks()) {
    this.#seed = seed;
    this.fleet = fleet;
    this.uids = uidsOf(fleet);
    this.#checks = checks;
    this.exemptions = new Exemptions(fleet);
    this.log = new OperationLog(this);
    this.#storeClock = new ProcessClock(this.time);
    this.store = createMemoryExecutors({ clock: this.#storeClock });
    this.#storage = new Storage(fleet.storage === 'checks', (uid, updates) => {
      this.observe({ kind: 'overwritten', uid, updates });
    });
  }

  get now(): number {
    return this.time.now;
  }

  /** The store's time, in ms since the epoch. */
  get storeTime(): number {
    return this.#storeClock.now();
  }

  observe = (observation: Observation): void => {
    if (this.violation) return;
    if (observation.kind === 'displaced') {
      const pod = this.#byName.get(observation.pod.name);
      if (pod) this.#end(pod);
    }
    this.exemptions.observe(observation, this);
    for (const check of this.#checks) {
      const seen = check.observe(observation, this);
      if (seen !== undefined) {
        this.violation = { check: check.name, at: Math.round(this.now), seen };
        return;
      }
    }
  };

  /** The process of an ordinal; of two, the one that started last. */
  pod(ordinal: number): PodProcess | undefined {
    return this.pods.findLast((pod) => pod.ordinal === ordinal && pod.phase !== 'stopped');
  }

  startPod(ordinal: number): void {
    const name = `pod-${ordinal}#${this.#started}`;
    const pod = new PodProcess(name, ordinal, this.#parts());
    this.pods.push(pod);
    this.#byName.set(name, pod);
    this.#meetStore(pod);
    this.#start(pod);
  }

  /** Starts a route, and repeats that until it succeeds or the process is stopped. */
  #start(pod: PodProcess): void {
    pod.phase = 'starting';
    pod.startedAt = this.now;
    pod.isDrained = false;
    this.log.run(pod, 'start', undefined, async () => {
      try {
        await pod.route.start();
        if (pod.phase === 'starting') pod.phase = 'running';
      } catch (error) {
        pod.clock.setTimeout(() => {
          if (pod.phase === 'starting') this.#start(pod);
        }, START_AGAIN_MS);
        throw error;
      }
    });
  }

  /** Acts as the platform: ends a displaced process, and starts a new one if the ordinal has none. */
  #end(pod: PodProcess): void {
    this.time.after(PLATFORM_ENDS_AFTER_MS, () => {
      if (pod.phase === 'stopped') return;
      pod.kill();
      if (!this.pod(pod.ordinal)) this.startPod(pod.ordinal);
    });
  }

  startAgain(pod: PodProcess): void {
    this.#start(pod);
  }

  startGateway(index: number): void {
    const parts = this.#parts();
    const find = (podId: number, address: string | undefined): PodProcess | undefined =>
      this.#byName.get(address ?? '') ?? this.pod(podId);
    const gateway = new GatewayProcess(
      `gateway-${index}#${this.#started}`,
      parts,
      this.fleet.gateways[index] ?? true,
      find,
    );
    this.gateways[index]?.kill();
    this.gateways[index] = gateway;
    this.#meetStore(gateway);
    const start = (): void => {
      this.log.run(gateway, 'start', undefined, async () => {
        try {
          await gateway.route.start();
        } catch (error) {
          gateway.clock.setTimeout(start, START_AGAIN_MS);
          throw error;
        }
      });
    };
    start();
  }

  #meetStore({ wire }: PodProcess | GatewayProcess): void {
    if (this.storeAwayUntil > this.now) wire.cut(this.storeAwayUntil - this.now + 1);
    if (this.storeHangsUntil > this.now) wire.hold(this.storeHangsUntil - this.now);
  }

  #parts(): ProcessParts {
    this.#started += 1;
    return {
      time: this.time,
      fleet: this.fleet,
      store: this.store,
      storage: this.#storage,
      seed: mixSeed(this.#seed, 100 + this.#started),
      observe: this.observe,
      wire: {
        storeClock: this.#storeClock,
        isStoreAway: () => this.now < this.storeAwayUntil,
        onStored: (call) => {
          this.#stored(call);
        },
        onLost: () => {
          this.observe({ kind: 'callLost' });
        },
      },
    };
  }

  #stored(call: StoredCall): void {
    this.log.note(call);
    const pod = this.#byName.get(call.process);
    if (call.method === 'setServiceState' && call.error === undefined)
      pod?.onHeartbeat(call.args[3] as PodReport, call.result as HeartbeatAck);
    if (call.method === 'takeOrder' || call.method === 'orderDone')
      pod?.onOrder(String(call.args[3]), call.method === 'takeOrder' && call.result === true);
    this.observe({ kind: 'stored', call, pod });
  }
}
