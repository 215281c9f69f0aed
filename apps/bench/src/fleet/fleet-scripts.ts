import { DEFAULT_BALANCE_OPTIONS } from '@stateful-route/core/adapter';
import { type Comer, SimulatedFleet } from './simulated-fleet.ts';

/** What happens to a fleet, second by second. */
export interface FleetScript {
  readonly seconds: number;
  /** What happens before the fleet runs. */
  readonly begin: (fleet: SimulatedFleet) => void;
  /** What happens at the beginning of a second. */
  readonly at: (fleet: SimulatedFleet, second: number) => void;
}

/** The fullest pod over the mean, second by second. */
export function play(fleet: SimulatedFleet, { seconds, begin, at }: FleetScript): readonly number[] {
  begin(fleet);
  return Array.from({ length: seconds }, (_, second) => {
    at(fleet, second);
    fleet.tick();
    return fleet.fullest();
  });
}

/** Users who come while a script runs, by the second. */
export type Arrivals = ReadonlyMap<number, readonly Comer[]>;

/** As many users come as leave, at random. */
export interface Churn {
  readonly users: number;
  readonly seconds: number;
  readonly staySeconds: number;
  readonly random: () => number;
}

export function churning({ users, seconds, staySeconds, random }: Churn): Arrivals {
  const perSecond = users / staySeconds;
  const arrivals = new Map<number, Comer[]>();
  let at = exponential(1 / perSecond, random);
  for (let comer = 0; at < seconds; comer++) {
    const second = Math.floor(at);
    const user = {
      uid: `comer-${comer}`,
      weight: weightOf(random),
      staysMs: exponential(staySeconds, random) * 1_000,
    };
    arrivals.set(second, [...(arrivals.get(second) ?? []), user]);
    at += exponential(1 / perSecond, random);
  }
  return arrivals;
}

/** A skewed weight of mean 1: half of the users weigh less than 0.7, one of a hundred more than 4.6. */
export function weightOf(random: () => number): number {
  return exponential(1, random);
}

function exponential(mean: number, random: () => number): number {
  return -Math.log(1 - random()) * mean;
}

/** The users that each pod has at the beginning, by ordinal. */
export type Settled = readonly (readonly Comer[])[];

function beginWith(settled: Settled): FleetScript['begin'] {
  return (fleet) => {
    for (const [podId, comers] of settled.entries()) {
      fleet.start(podId);
      for (const comer of comers) fleet.come(comer, podId);
    }
  };
}

/** The seconds of a minute's plans, a pod's three plans beyond the band among them. */
const SETTLING_S = 90;

/** The time that the budget for additions needs to move so many of a fleet's users, and what the planner takes to begin. */
export function budgetSeconds(moves: number, users: number): number {
  const perMinute = Math.max(1, Math.floor(users * DEFAULT_BALANCE_OPTIONS.additions));
  return Math.ceil((moves / perMinute) * 60) + SETTLING_S;
}

/** How far into a script pods come. */
export const JOIN_AT_S = 60;

/** `after − before` empty pods come to pods with these users. */
export function scaleOut(settled: Settled, after: number, arrivals: Arrivals = new Map()): FleetScript {
  const before = settled.length;
  const users = settled.flat().length;
  return {
    seconds: JOIN_AT_S + budgetSeconds(users * (1 - before / after), users),
    begin: beginWith(settled),
    at: (fleet, second) => {
      for (const comer of arrivals.get(second) ?? []) fleet.come(comer);
      if (second !== JOIN_AT_S) return;
      for (let podId = before; podId < after; podId++) fleet.start(podId);
    },
  };
}

/** How long a pod takes to start again. */
const RESTART_S = 10;
/** How long a pod drains, with room to spare. */
const DRAIN_S = 15;
/** How long an update waits after a pod is up before it goes on. */
const READY_S = 5;

/** A rolling update of pods with these users, from the highest ordinal to 0, and the time to even out afterwards. */
export function rollingUpdate(settled: Settled, arrivals: Arrivals = new Map()): FleetScript {
  let next = settled.length - 1;
  let step: 'drains' | 'restarts' | 'is up' = 'is up';
  let since = 0;
  const users = settled.flat().length;
  const updateS = settled.length * (RESTART_S + READY_S + DRAIN_S);
  const seconds = updateS + budgetSeconds(users / settled.length, users);
  return {
    seconds,
    begin: beginWith(settled),
    at: (fleet, second) => {
      for (const comer of arrivals.get(second) ?? []) fleet.come(comer);
      if (next < 0) return;
      if (step === 'is up' && second - since >= READY_S) {
        fleet.drain(next);
        step = 'drains';
      } else if (step === 'drains' && fleet.pods.get(next)!.users.size === 0) {
        fleet.stop(next);
        step = 'restarts';
        since = second;
      } else if (step === 'restarts' && second - since >= RESTART_S) {
        fleet.start(next, 'two');
        next -= 1;
        step = 'is up';
        since = second;
      }
    },
  };
}

/** One user with a fifth of a pod's load comes to one of the pods. */
export function hotUser(settled: Settled, podId: number, seconds: number): FleetScript {
  const load = settled.flat().reduce((sum, { weight }) => sum + weight, 0) / settled.length;
  return {
    seconds,
    begin: beginWith(settled),
    at: (fleet, second) => {
      if (second === JOIN_AT_S) fleet.come({ uid: 'hot', weight: load / 5 }, podId);
    },
  };
}

/** The users of one pod become heavier. */
export function skew(
  settled: Settled,
  podId: number,
  factor: number,
  seconds: number,
  arrivals: Arrivals,
): FleetScript {
  return {
    seconds,
    begin: beginWith(settled),
    at: (fleet, second) => {
      for (const comer of arrivals.get(second) ?? []) fleet.come(comer);
      if (second === JOIN_AT_S) fleet.pods.get(podId)!.reweigh(factor);
    },
  };
}

/** How often a pod dies. */
const FLAPS_EVERY_S = 150;

/** One pod dies and starts again, over and over, in the first half of the time. */
export function flapping(settled: Settled, podId: number, seconds: number, arrivals: Arrivals): FleetScript {
  return {
    seconds,
    begin: beginWith(settled),
    at: (fleet, second) => {
      for (const comer of arrivals.get(second) ?? []) fleet.come(comer);
      const phase = second % FLAPS_EVERY_S;
      if (phase === JOIN_AT_S && second < seconds / 2) fleet.kill(podId);
      if (phase === JOIN_AT_S + RESTART_S && !fleet.pods.get(podId)!.isUp) fleet.start(podId);
    },
  };
}
