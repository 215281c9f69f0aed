import { type Clock, type SelectionStrategy, systemClock } from '@stateful-route/core';
import type { Happening } from './agenda.ts';
import type { Scenario } from './scenario.ts';
import { SimulatedCaller } from './simulated-caller.ts';
import { SimulatedDirectory } from './simulated-directory.ts';

/** Store time at the start. */
const EPOCH_MS = 1_700_000_000_000;

/** A scenario and a strategy to simulate. */
export interface Play {
  readonly scenario: Scenario;
  /** The scenario's events. */
  readonly agenda: readonly Happening[];
  readonly strategy: SelectionStrategy;
  readonly seed: number;
}

/**
 * Simulates a scenario with a strategy: pods send heartbeats, callers receive them, users come and go. Time is simulated, and
 * all randomness comes from the seed.
 *
 * @returns the pod of each arrival, in their order.
 */
export function simulate({ scenario, agenda, strategy, seed }: Play): readonly number[] {
  const { routingPeers, counting, arrivals, refreshMs, periodMs } = scenario;
  const announced = new Map<string, number>();
  let nowMs = 0;
  const clock: Clock = { ...systemClock, now: () => EPOCH_MS + nowMs, monotonic: () => nowMs };
  const callers = Array.from({ length: scenario.callers }, (_, caller) => {
    const own = seed + (caller + 1) * 7_919;
    const id = `caller-${own}`;
    return new SimulatedCaller({
      strategy,
      routingPeers,
      announced,
      id,
      periodMs,
      counting,
      clock,
      seed: own,
    });
  });
  const directory = new SimulatedDirectory(scenario.periodMs);
  const users = scenario.pods.map(() => 0);
  const placed: number[] = [];
  for (const happening of agenda) {
    nowMs = happening.atMs;
    for (const caller of callers) caller.announce();
    switch (happening.kind) {
      case 'beat': {
        directory.beat(happening.pod, users[happening.pod.podId]!, clock.now());
        if (refreshMs !== undefined && nowMs >= 0) break;
        for (const caller of callers) caller.learn(directory.pods);
        break;
      }
      case 'read':
        callers[happening.caller]!.learn(directory.pods);
        break;
      case 'come': {
        const { uid, caller } = arrivals[happening.user]!;
        const podId = callers[caller]!.link(uid);
        placed[happening.user] = podId;
        users[podId]! += 1;
        break;
      }
      case 'leave':
        users[placed[happening.user]!]! -= 1;
        break;
    }
  }
  return placed;
}
