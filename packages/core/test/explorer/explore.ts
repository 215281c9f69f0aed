import { Driver, type Step } from './driver.ts';
import { type Budget, copyWorld, firstWorld, movesOf, type World, wrongIn } from './world.ts';
import { keyOf } from './world-key.ts';

/** The result of an exploration. */
export interface Exploration {
  readonly depth: number;
  readonly states: number;
  /** The shortest path to a world that breaks a promise. */
  readonly wrong: { readonly what: string; readonly moves: readonly string[] } | undefined;
}

interface Visited {
  readonly world: World;
  readonly name: string;
  readonly from: Visited | undefined;
}

/**
 * Explores every order of events within the budget, breadth-first, to this depth or to the end. No world is visited
 * twice.
 */
export function explore(
  step: Step,
  budget: Budget,
  depthMax: number = Number.POSITIVE_INFINITY,
): Exploration {
  const driver = new Driver(step);
  const first = firstWorld(budget);
  const seen = new Set([keyOf(first)]);
  let level: Visited[] = [{ world: first, name: '', from: undefined }];
  let depth = 0;
  while (level.length > 0 && depth < depthMax) {
    depth += 1;
    const next: Visited[] = [];
    for (const visited of level) {
      for (const move of movesOf(visited.world, driver)) {
        const { name } = move;
        const world = copyWorld(visited.world, move);
        move.make(world);
        const key = keyOf(world);
        if (seen.has(key)) continue;
        seen.add(key);
        const reached = { world, name, from: visited };
        const what = wrongIn(world, visited.world);
        if (what !== undefined) return { depth, states: seen.size, wrong: { what, moves: wayTo(reached) } };
        next.push(reached);
      }
    }
    level = next;
  }
  return { depth, states: seen.size, wrong: undefined };
}

function wayTo(visited: Visited): string[] {
  const names: string[] = [];
  for (let at: Visited | undefined = visited; at?.from; at = at.from) names.push(at.name);
  return names.toReversed();
}
