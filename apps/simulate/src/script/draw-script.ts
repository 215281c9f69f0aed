import { LONG_DEAD_AFTER_LEASES } from '@stateful-route/core/adapter';
import { Chance, mixSeed } from './chance.ts';
import { drawFleet, drawHost } from './draw-fleet.ts';
import { drawEvent, type Drawing, FAULTS, HOST_OPERATIONS, OPERATIONS } from './draw-event.ts';
import { type FleetPlan, longestLeaseMs, uidsOf } from './fleet-plan.ts';
import type { Script } from './script.ts';
import { themeOf } from './themes/all-themes.ts';
import { Scene, type Theme } from './themes/theme.ts';
import {
  type EventKind,
  type ExceptionName,
  EXCEPTIONS,
  type EventBody,
  type WorldEvent,
} from './world-event.ts';

/** The mean time between requests, between operations of applications, and between faults, in ms. */
const ASK_EVERY_MS = 2_000;
const OPERATION_EVERY_MS = [6_000, 10_000, 30_000] as const;
const FAULT_EVERY_MS = [8_000, 15_000, 40_000] as const;

/** The most requests of a burst, and the longest time between two, in ms. */
const BURST_MAX = 7;
const BURST_GAP_MAX_MS = 600;

/** Faults that may hit a pod together with an operation. */
const BESIDE: readonly EventKind[] = ['hold', 'slow', 'lose', 'cut', 'pause'];

/** A fault longer than this may outlast a lease. */
const LONG_MS = 3_000;

/** The first event, after all processes have started. */
const FIRST_AT_MS = 2_000;

/** When the first scene of a theme begins, and the longest extra time between scenes, in ms. */
const THEME_FIRST_AT_MS = 40_000;
const THEME_APART_MS = 3_000;

/**
 * Draws the events of a world. Each seed has only some kinds of operations and faults, as a rule often breaks when few kinds
 * repeat. Half of the seeds have none of the contract's exceptions. One seed in four has a theme instead.
 */
export function drawScript(seed: number, lengthMs: number): Script {
  const chance = new Chance(mixSeed(seed, 1));
  const theme = themeOf(seed);
  if (theme) return drawThemed(seed, lengthMs, theme, chance);
  const fleet = withHost(seed, drawFleet(chance));
  const exceptions = drawExceptions(chance);
  const drawing: Drawing = { chance, fleet, uids: uidsOf(fleet), exceptions };
  const some = (kinds: readonly EventKind[]): readonly EventKind[] => kinds.filter(() => chance.is(0.5));
  const faults = some(FAULTS);
  const kinds = [...some(OPERATIONS), ...(fleet.host ? HOST_OPERATIONS : [])];
  const operations = { kinds, everyMs: chance.of(OPERATION_EVERY_MS) };
  const beside = faults.filter((kind) => BESIDE.includes(kind));
  const events = [
    ...drawAll(drawing, { kinds: ['ask'], everyMs: ASK_EVERY_MS }, lengthMs),
    ...drawAll(drawing, operations, lengthMs, { burst: 0.7, beside }),
    ...drawAll(drawing, { kinds: faults, everyMs: chance.of(FAULT_EVERY_MS) }, lengthMs, { burst: 0.4 }),
  ];
  return { seed, lengthMs, fleet, events: events.toSorted((a, b) => a.at - b.at) };
}

/** One seed in four has hosts as its applications. It is drawn apart, so that the other seeds stay as they are. */
function withHost(seed: number, fleet: FleetPlan): FleetPlan {
  if (seed % 4 !== 2) return fleet;
  return { ...fleet, storage: 'checks', host: drawHost(new Chance(mixSeed(seed, 5))) };
}

/** Scenes of a theme, one after the other. */
function drawThemed(seed: number, lengthMs: number, theme: Theme, chance: Chance): Script {
  const fleet = { ...drawFleet(chance), ...theme.fleet(chance) };
  const everyMs = theme.leases * longestLeaseMs(fleet);
  const events: WorldEvent[] = [];
  for (let at = THEME_FIRST_AT_MS; at < lengthMs; at += everyMs + chance.whole(0, THEME_APART_MS)) {
    const scene = new Scene(chance, fleet, at);
    theme.play(scene);
    events.push(...scene.events.filter((event) => event.at < lengthMs));
  }
  return { seed, lengthMs, fleet, events: events.toSorted((a, b) => a.at - b.at) };
}

function drawExceptions(chance: Chance): ReadonlySet<ExceptionName> {
  if (chance.is(0.5)) return new Set();
  const first = chance.of(EXCEPTIONS);
  return new Set(chance.is(0.3) ? [first, chance.of(EXCEPTIONS)] : [first]);
}

interface Kinds {
  readonly kinds: readonly EventKind[];
  readonly everyMs: number;
}

/** Events of some kinds. With probability `burst` requests follow, which show whether two pods hold a user. */
function drawAll(
  drawing: Drawing,
  { kinds, everyMs }: Kinds,
  lengthMs: number,
  { burst = 0, beside = [] }: { readonly burst?: number; readonly beside?: readonly EventKind[] } = {},
): readonly WorldEvent[] {
  const events: WorldEvent[] = [];
  if (kinds.length === 0) return events;
  const { chance } = drawing;
  for (let at = FIRST_AT_MS + chance.gapMs(everyMs); at < lengthMs; at += chance.gapMs(everyMs)) {
    const moment = Math.round(at);
    const drawn = drawEvent(drawing, chance.of(kinds));
    events.push(...drawn.map((body) => ({ at: moment, ...body })));
    if (drawn.length === 0 || !chance.is(burst)) continue;
    events.push(...drawBurst(drawing, moment, drawn[0], beside));
  }
  return events;
}

/** Requests right after an event, often with a fault of the same pod. */
function drawBurst(
  drawing: Drawing,
  at: number,
  after: EventBody | undefined,
  beside: readonly EventKind[],
): readonly WorldEvent[] {
  const { chance } = drawing;
  const events: WorldEvent[] = [];
  const pod = after && 'pod' in after ? after.pod : undefined;
  if (beside.length > 0 && pod !== undefined && chance.is(0.5)) {
    const drawn = drawEvent(drawing, chance.of(beside));
    const process = `pod-${pod}`;
    events.push(...drawn.map((fault) => ({ at, ...('process' in fault ? { ...fault, process } : fault) })));
  }
  const uid = after && 'uid' in after && chance.is(0.7) ? after.uid : undefined;
  let next = at + drawDelay(drawing, after);
  for (let asks = chance.whole(3, BURST_MAX); asks > 0; asks--) {
    next += chance.short(5, BURST_GAP_MAX_MS);
    for (const drawn of drawEvent(drawing, 'ask')) {
      events.push({ at: next, ...(uid === undefined || !('uid' in drawn) ? drawn : { ...drawn, uid }) });
    }
  }
  return events;
}

/** Requests after a silence come when one lease or three leases end, as take-overs happen then. */
function drawDelay({ chance, fleet }: Drawing, after: EventBody | undefined): number {
  const isSilence =
    after?.kind === 'kill' || (after !== undefined && 'ms' in after && (after.ms ?? 0) > LONG_MS);
  if (!isSilence || chance.is(0.3)) return 0;
  const leases = chance.of([1, 1, LONG_DEAD_AFTER_LEASES]);
  const nearMs = leases === 1 ? chance.whole(-1_500, 500) : chance.whole(0, 4_000);
  return leases * longestLeaseMs(fleet) + nearMs;
}
