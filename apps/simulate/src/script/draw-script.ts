import { Chance, mixSeed } from './chance.ts';
import { drawFleet } from './draw-fleet.ts';
import { drawHappening, type Drawing, FAULTS, OPERATIONS } from './draw-happening.ts';
import { uidsOf } from './fleet-plan.ts';
import type { Script } from './script.ts';
import { type EventKind, type ExceptionName, EXCEPTIONS, type WorldEvent } from './world-event.ts';

/** How far apart requests, operations of the applications, and faults are on average, in ms. */
const ASK_EVERY_MS = 1_500;
const OPERATION_EVERY_MS = [6_000, 10_000, 30_000] as const;
const FAULT_EVERY_MS = [8_000, 15_000, 40_000] as const;

/** Nothing happens before everybody has started. */
const FIRST_AT_MS = 2_000;

/**
 * Draws all that happens in a world. Each seed has some kinds of operations and faults only, since what breaks a rule is
 * often a few kinds over and over; and half of the seeds have none of the contract's exceptions.
 */
export function drawScript(seed: number, lengthMs: number): Script {
  const chance = new Chance(mixSeed(seed, 1));
  const fleet = drawFleet(chance);
  const exceptions = drawExceptions(chance);
  const drawing: Drawing = { chance, fleet, uids: uidsOf(fleet), exceptions };
  const some = (kinds: readonly EventKind[]): readonly EventKind[] => kinds.filter(() => chance.is(0.5));
  const events = [
    ...drawAll(drawing, ['ask'], ASK_EVERY_MS, lengthMs),
    ...drawAll(drawing, some(OPERATIONS), chance.of(OPERATION_EVERY_MS), lengthMs),
    ...drawAll(drawing, some(FAULTS), chance.of(FAULT_EVERY_MS), lengthMs),
  ];
  return { seed, lengthMs, fleet, events: events.toSorted((a, b) => a.at - b.at) };
}

function drawExceptions(chance: Chance): ReadonlySet<ExceptionName> {
  if (chance.is(0.5)) return new Set();
  const first = chance.of(EXCEPTIONS);
  return new Set(chance.is(0.3) ? [first, chance.of(EXCEPTIONS)] : [first]);
}

function drawAll(
  drawing: Drawing,
  kinds: readonly EventKind[],
  everyMs: number,
  lengthMs: number,
): readonly WorldEvent[] {
  const events: WorldEvent[] = [];
  if (kinds.length === 0) return events;
  const { chance } = drawing;
  for (let at = FIRST_AT_MS + chance.gapMs(everyMs); at < lengthMs; at += chance.gapMs(everyMs)) {
    const drawn = drawHappening(drawing, chance.of(kinds));
    events.push(...drawn.map((happening) => ({ at: Math.round(at), ...happening })));
  }
  return events;
}
