import type { LinkReading } from '@stateful-route/core/adapter';
import { Exemptions } from '../../src/checks/exemptions.ts';
import type { Check, ObservedPod, Observation, WorldView } from '../../src/checks/observation.ts';
import type { FleetPlan } from '../../src/script/fleet-plan.ts';
import { WORLD_EPOCH } from '../../src/time/process-clock.ts';
import type { StoredCall } from '../../src/wire/wire-plan.ts';

/** A small fleet with a lease of ten seconds. */
export const FLEET: FleetPlan = {
  leasesMs: [10_000, 10_000],
  periodMs: 2_000,
  marginMs: 1_000,
  gateways: [true],
  gatewayLeaseMs: 10_000,
  users: 2,
  deadOwner: 'relink',
  leftover: 'release',
  storage: 'checks',
  timeoutMs: 500,
  callTimeoutMs: 3_000,
  drainTimeoutMs: 8_000,
  userTimeoutMs: 2_000,
  linkSeconds: 20,
  refreshMs: 2_000,
  wire: { minMs: 1, maxMs: 5, offline: 'fail' },
};

/** A pod with fields as a test needs them. */
export class FakePod implements ObservedPod {
  isRunning = true;
  isPaused = false;
  isRoutable = true;
  isHandingOver = false;
  startedAt = 0;
  troubledUntil = 0;
  fenced = false;
  readonly users = new Set<string>();

  constructor(
    readonly name: string,
    readonly ordinal: number,
  ) {}

  holds(uid: string): boolean {
    return this.users.has(uid);
  }

  isFenced(): boolean {
    return this.fenced;
  }
}

/** A history made by hand, and what a check returns for each observation. */
export class History implements WorldView {
  now = 0;
  readonly fleet: FleetPlan;
  readonly uids = ['ada', 'bob'];
  readonly a = new FakePod('pod-0#1', 0);
  readonly b = new FakePod('pod-1#2', 1);
  readonly pods: FakePod[] = [this.a, this.b];
  readonly exemptions: Exemptions;
  readonly #check: Check;

  constructor(check: Check, fleet: Partial<FleetPlan> = {}) {
    this.#check = check;
    this.fleet = { ...FLEET, ...fleet };
    this.exemptions = new Exemptions(this.fleet);
  }

  at(now: number): this {
    this.now = now;
    return this;
  }

  observe(observation: Observation): string | undefined {
    this.exemptions.observe(observation, this);
    return this.#check.observe(observation, this);
  }

  ran(pod: ObservedPod): string | undefined {
    return this.observe({ kind: 'ran', pod });
  }

  stored(
    pod: ObservedPod | undefined,
    call: Pick<StoredCall, 'method' | 'args'> & Partial<StoredCall>,
  ): string | undefined {
    const process = pod?.name ?? 'gateway-0#3';
    const storeTime = WORLD_EPOCH + this.now;
    return this.observe({ kind: 'stored', pod, call: { process, options: {}, storeTime, ...call } });
  }

  claimed(
    pod: ObservedPod,
    uid: string,
    token: number,
    options: Record<string, unknown> = {},
  ): string | undefined {
    return this.stored(pod, {
      method: 'trySetLinkedPod',
      args: ['game', uid, 'room', pod.ordinal, -1],
      options,
      result: { linked: true, podId: pod.ordinal, token },
    });
  }

  moved(by: ObservedPod | undefined, uid: string, from: number, to: number): string | undefined {
    return this.stored(by, {
      method: 'replaceLinkedPod',
      args: ['game', uid, 'room', from, to, 20],
      options: { ifToken: 1 },
      result: { linked: true, podId: to },
    });
  }

  beat(pod: ObservedPod, state = 'READY'): string | undefined {
    const report = { state, leaseMs: 10_000, incarnation: '1.a.0' };
    return this.stored(pod, {
      method: 'setServiceState',
      args: ['game', 'room', pod.ordinal, report],
      result: {},
    });
  }
}

/** The state at rest without a fault: pod 0 holds `uid`, who is in its roster. */
export function restful(uid: string): Extract<Observation, { readonly kind: 'rest' }> {
  const link: LinkReading = { podId: 0, permanent: true, token: 7, storeTime: WORLD_EPOCH };
  const roster = [{ uid, incarnation: '1.a.0', number: 1 }];
  return {
    kind: 'rest',
    links: new Map([[uid, link]]),
    rosters: new Map([[0, roster]]),
    endedOrders: [],
    missing: [],
    pending: [],
    unserved: [],
  };
}
