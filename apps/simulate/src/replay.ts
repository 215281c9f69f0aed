import type { LinkReading, RosterEntry } from '@stateful-route/core/adapter';
import { allChecks } from './checks/all-checks.ts';
import type { Check } from './checks/observation.ts';
import { ask, applyEvent } from './fleet/apply-event.ts';
import { NAMESPACE, SERVICE } from './fleet/route-settings.ts';
import { type Violation, World } from './fleet/world.ts';
import { longestLeaseMs } from './script/fleet-plan.ts';
import type { Script } from './script/script.ts';

/** The result of a run. */
export interface RunResult {
  readonly violation: Violation | undefined;
  /** Operations of applications and calls to the store. */
  readonly operations: number;
  /** Ms of the world. */
  readonly simulatedMs: number;
  /** Equal for two runs in which the same happened. */
  readonly hash: string;
}

/**
 * Runs a script, checks every step, and stops at the first broken promise.
 *
 * @example
 * const { violation } = await replay({ seed: 1, lengthMs: 60_000, fleet, events: [{ at: 5_000, kind: 'kill', pod: 0 }] });
 */
export async function replay(script: Script, checks: () => readonly Check[] = allChecks): Promise<RunResult> {
  const world = new World(script, checks());
  const unhandled = (error: unknown): void => {
    world.observe({
      kind: 'error',
      process: 'some process',
      operation: 'an operation without a handler',
      error: new Error('unhandled rejection', { cause: error }),
    });
  };
  process.on('unhandledRejection', unhandled);
  try {
    await run(world, script);
  } finally {
    process.off('unhandledRejection', unhandled);
  }
  return {
    violation: world.violation,
    operations: world.log.count,
    simulatedMs: world.now,
    hash: world.log.hash,
  };
}

async function run(world: World, { fleet, events, lengthMs }: Script): Promise<void> {
  for (const ordinal of fleet.leasesMs.keys()) world.startPod(ordinal);
  for (const index of fleet.gateways.keys()) world.startGateway(index);
  events.forEach((event, index) => {
    world.time.at(event.at, () => {
      applyEvent(world, event, index);
    });
  });
  if (await pass(world, lengthMs)) await rest(world, events.length);
}

/** Lets time pass. Resolves with false if a promise was broken. */
async function pass(world: World, until: number): Promise<boolean> {
  await world.time.runUntil(until, () => world.violation === undefined);
  return world.violation === undefined;
}

/** The time between requests at rest, in ms. */
const APART_MS = 50;

/** Ends all faults, waits for every recovery, requests every user, and reports the state. */
async function rest(world: World, updates: number): Promise<void> {
  const { fleet } = world;
  const leaseMs = longestLeaseMs(fleet);
  const processes = [...world.pods, ...world.gateways];
  const troubles = processes.flatMap(({ wire, clock }) => [wire.troubledUntil, clock.pausedUntil]);
  // A pod that is stopping has ended after this, so that `mend` starts it again.
  const untilMs = Math.max(world.now, world.storeAwayUntil, ...troubles) + fleet.drainTimeoutMs;
  if (!(await pass(world, untilMs))) return;
  for (const pod of world.pods) pod.wire.heal();
  for (const { wire } of world.gateways) wire.heal();
  mend(world);
  if (!(await pass(world, world.now + 5 * leaseMs + fleet.drainTimeoutMs + fleet.callTimeoutMs))) return;
  // So many faults quarantine users, which an operator ends.
  for (const uid of world.uids) await world.store.stateful.endQuarantine(NAMESPACE, uid, SERVICE);
  const unserved = new Set(world.uids);
  let at = world.now;
  world.uids.forEach((uid, index) => {
    world.gateways.forEach((gateway, which) => {
      const event = { at, kind: 'ask', gateway: which, uid, how: 'claim', workMs: 0, saves: true } as const;
      world.time.at((at += APART_MS), () => {
        ask(world, gateway, event, updates + index, (isServed) => {
          if (isServed) unserved.delete(uid);
        });
      });
    });
  });
  if (await pass(world, at + fleet.callTimeoutMs + leaseMs)) await look(world, [...unserved]);
}

function mend(world: World): void {
  for (const ordinal of world.fleet.leasesMs.keys()) {
    void world.store.server.setPodIntent(NAMESPACE, SERVICE, ordinal, 'resume');
    const pod = world.pod(ordinal);
    if (!pod) world.startPod(ordinal);
    else if (pod.isDrained) {
      world.log.run(pod, 'takeUsers', undefined, () => pod.server.setRoutingState('READY'));
    }
    // The platform ends displaced processes.
    for (const other of world.pods)
      if (other.ordinal === ordinal && other !== world.pod(ordinal)) other.kill();
  }
}

async function look(world: World, unserved: readonly string[]): Promise<void> {
  const { stateful } = world.store;
  const links = new Map<string, LinkReading>();
  for (const uid of world.uids) links.set(uid, await stateful.getLink(NAMESPACE, uid, SERVICE));
  const rosters = new Map<number, readonly RosterEntry[]>();
  const missing: number[] = [];
  for (const ordinal of world.fleet.leasesMs.keys()) {
    rosters.set(ordinal, (await stateful.readRoster(NAMESPACE, SERVICE, ordinal)).entries);
    const pod = world.pod(ordinal);
    if (!pod?.isRunning || !pod.isRoutable) missing.push(ordinal);
  }
  const { entries } = await world.store.server.readJournal(NAMESPACE, SERVICE, {
    types: ['order-ended'],
    limit: 1_000,
  });
  const endedOrders = entries.flatMap((entry) => (entry.type === 'order-ended' ? [entry.orderId] : []));
  // A full fleet refuses some users.
  const full = world.fleet.maxUsers !== undefined;
  world.observe({
    kind: 'rest',
    links,
    rosters,
    endedOrders,
    missing,
    pending: world.log.pending,
    unserved: full ? [] : unserved,
  });
}
