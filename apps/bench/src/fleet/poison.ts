import type { ServiceStateRead, StatefulServiceState } from '@stateful-route/core';
import {
  DEATHS_MAX,
  deathOf,
  deathsAfter,
  formatIncarnation,
  type PodDeath,
} from '@stateful-route/core/adapter';

const PODS = 20;
const PERIOD_MS = 3_000;
const LEASE_MS = 15_000;
const BEGUN = 10_000_000;

/** A pod's process. It beats once a period, at its own moment of it, until it dies. */
interface Process {
  start: number;
  readonly phase: number;
  diedAt: number;
}

function processes(random: () => number): Process[] {
  return Array.from({ length: PODS }, () => ({
    start: 1,
    phase: random() * PERIOD_MS,
    diedAt: Number.POSITIVE_INFINITY,
  }));
}

const isUp = ({ diedAt }: Process): boolean => diedAt === Number.POSITIVE_INFINITY;

function restart(process: Process, at: number): void {
  process.start = at;
  process.diedAt = Number.POSITIVE_INFINITY;
}

function lastBeat({ start, phase, diedAt }: Process, now: number): number {
  return Math.max(start, Math.floor((Math.min(diedAt, now) - phase) / PERIOD_MS) * PERIOD_MS + phase);
}

function deathAt(now: number, fleet: readonly Process[], podId: number): PodDeath | undefined {
  const pods = fleet.map((process, at): [number, StatefulServiceState] => {
    const incarnation = formatIncarnation({ start: Math.round(process.start), id: `p${at}`, life: 0 });
    const updateTime = lastBeat(process, now);
    const state = { state: 'READY', routingState: 'READY', loadState: 0, metadata: {} } as const;
    return [at, { podId: at, ...state, leaseMs: LEASE_MS, updateTime, incarnation }];
  });
  const read: ServiceStateRead = { storeTime: now, epoch: 0, pods: new Map(pods) };
  return deathOf(read, podId);
}

/**
 * How many of 20 pods a user kills, who kills whoever opens him within two seconds, before he is quarantined. Each is taken over when
 * the owner's lease is over; the owner starts again after a random time from the range, but not before that.
 */
export function podsLostToPoison(random: () => number, restartMs: readonly [number, number]): number {
  const fleet = processes(random);
  const upAt = new Map<Process, number>();
  let now = BEGUN;
  let deaths: readonly number[] = [];
  for (let lost = 1; ; lost++) {
    const up = fleet.filter(isUp);
    const owner = up[Math.floor(random() * up.length)];
    if (!owner) return PODS;
    const claimedAt = now;
    now += 100 + random() * 2_000;
    owner.diedAt = now;
    const takenOverAt = Math.max(now, lastBeat(owner, now) + LEASE_MS + 1) + random() * 1_000;
    upAt.set(owner, Math.max(takenOverAt, now + restartMs[0] + random() * (restartMs[1] - restartMs[0])));
    now = takenOverAt;
    const death = deathAt(now, fleet, fleet.indexOf(owner));
    if (death) deaths = deathsAfter(deaths, claimedAt, death);
    if (deaths.length >= DEATHS_MAX) return lost;
    for (const [process, at] of upAt) {
      if (at > now) continue;
      restart(process, at);
      upAt.delete(process);
    }
  }
}

/** How many of 20 users, one a pod, are quarantined by three crashes of all pods within ten minutes. */
export function innocentQuarantined(random: () => number): number {
  const fleet = processes(random);
  const deaths: (readonly number[])[] = fleet.map(() => []);
  let now = BEGUN;
  for (let crash = 0; crash < 3; crash++) {
    for (const process of fleet) process.diedAt = now + random() * 5_000;
    // They start again after a minute, one after the other, and are looked at meanwhile.
    now += 60_000;
    for (const [podId, process] of fleet.entries()) {
      const death = deathAt(now, fleet, podId);
      if (death) deaths[podId] = deathsAfter(deaths[podId]!, process.diedAt - 1_000, death);
    }
    for (const process of fleet) restart(process, now + random() * 5_000);
    now += 120_000;
  }
  return deaths.filter((held) => held.length >= DEATHS_MAX).length;
}
