import { claimToken, isHeld } from '@stateful-route/core/adapter';
import type { Driver } from './driver.ts';
import {
  copyProcess,
  createProcess,
  holds,
  isAtRest,
  isServing,
  type Operation,
  ownsLink,
  type Process,
} from './process.ts';
import { forceClaim, setTemporary, type Store } from './two-line-store.ts';

/** Two pods, of which pod 0 has two runs, one user, and a store. */
export interface World {
  readonly store: Store;
  readonly processes: readonly Process[];
  /** A caller has read that this claim's owner is dead, and has not replaced the claim yet. */
  takeOver: { readonly pod: number; readonly token: number } | undefined;
  readonly left: Budget;
}

/** How many events may still happen in one history. The bounds let a history go deep rather than only start operations. */
export interface Budget {
  /** Requested operations. */
  asked: number;
  /** Fences, stops, starts, ends by force, placements, and refusals. */
  disturbed: number;
  /** Lost replies. */
  lost: number;
}

/** An event, and the world after it. */
export interface Move {
  readonly name: string;
  /** The process that it changes; `undefined` for any. */
  readonly at: number | undefined;
  readonly make: (world: World) => void;
}

const operations: readonly Operation[] = ['claim', 'scope', 'raise', 'release', 'handOff'];
/** The greatest numbers of waiting operations, running scopes and calls under way. */
const QUEUE_MAX = 1;
const SCOPES_MAX = 2;
const CALLS_MAX = 2;

export function firstWorld(left: Budget): World {
  return {
    store: { link: undefined, kept: 0, owner: undefined },
    processes: [createProcess(0, 1, true), createProcess(0, 2, false), createProcess(1, 3, true)],
    takeOver: undefined,
    left: { ...left },
  };
}

/** A copy for a move to change. */
export function copyWorld(world: World, { at }: Move): World {
  const processes = world.processes.map((process, index) =>
    at === undefined || index === at ? copyProcess(process) : process,
  );
  return { ...world, store: { ...world.store }, left: { ...world.left }, processes };
}

/** All events that can happen in a world. */
export function movesOf(world: World, driver: Driver): Move[] {
  const moves: Move[] = [];
  for (const at of world.processes.keys()) moves.push(...processMoves(world, at, driver));
  moves.push(...storeMoves(world));
  return moves;
}

function processMoves(world: World, at: number, driver: Driver): Move[] {
  const process = world.processes[at]!;
  const moves: Move[] = [];
  const add: Add = (name, make, costs) => {
    if (costs && world.left[costs] === 0) return;
    moves.push({
      name: `run ${process.run} ${name}`,
      at,
      make: (next) => {
        if (costs) next.left[costs] -= 1;
        make(next.processes[at]!, next);
        driver.next(next.processes[at]!);
      },
    });
  };
  addCalls(process, driver, add);
  if (!process.isStarted) {
    addStart(world, driver, add);
    return moves;
  }
  if (process.isEnded) return moves;
  const { turn, reading, life } = process;
  const isTurnFree = !turn && process.queue.length === 0;
  const mayAct = process.calls.some((call) => !call.reply);
  if (process.queue.length < QUEUE_MAX) {
    for (const does of operations) {
      // A fenced pod accepts only a release.
      if (!isServing(process) && does !== 'release') continue;
      if (does === 'scope' && process.scopes.length + life.waitingScopes >= SCOPES_MAX) continue;
      add(`is asked to ${does}`, (next) => driver.ask(next, does), 'asked');
    }
  }
  if (isServing(process) && life.state.at === 'none' && process.calls.length < CALLS_MAX) {
    add(
      'refuses',
      (next) => {
        next.calls.push({
          op: 0,
          what: { does: 'refuse', pod: next.pod },
          asks: 'alone',
          reply: undefined,
          isForgotten: false,
        });
      },
      'disturbed',
    );
  }
  for (const hold of new Set(process.scopes)) {
    add(`ends a scope of ${hold === 0 ? 'this' : 'an earlier'} hold`, (next) => {
      next.scopes.splice(next.scopes.indexOf(hold), 1);
      driver.apply(next, { type: 'scopeEnds', hold });
    });
  }
  if (isServing(process) && isTurnFree && life.state.at === 'suspended') {
    add('tries to reclaim again', (next) => driver.ask(next, 'reclaim'));
  }
  if (turn?.does === 'reclaim' && !process.calls.some(({ asks }) => asks === 'turn')) {
    add('begins to reclaim', (next, { store }) => driver.beginReclaim(next, store));
  }
  if (turn && !turn.isLeft && (turn.does === 'claim' || turn.does === 'scope')) {
    add('is left by the asker', (next) => {
      next.turn!.isLeft = true;
    });
  }
  if (turn?.stage === 'saving') {
    add('saved', (next) => driver.saved(next, true));
    add('could not save', (next) => driver.saved(next, false));
  }
  if (turn?.stage === 'settling' && !mayAct) {
    add('settles', (next, { store }) => driver.settle(next, store));
  }
  if (process.mustVerify && isTurnFree && !mayAct) {
    add('reads once more', (next, { store }) => driver.verify(next, store));
  }
  if (isServing(process) && life.state.at === 'held' && !reading && process.calls.length < CALLS_MAX) {
    add('reads to heal', (next, { store }) => {
      next.reading = { link: store.link, token: claimToken(next.life)! };
    });
  }
  if (reading && isTurnFree && isServing(process)) add('heals', (next) => driver.healed(next));
  if (process.pushed !== undefined) {
    add('is notified of a forced end', (next) => {
      const token = next.pushed!;
      next.pushed = undefined;
      // During an operation, a reading follows it.
      if (!next.turn) driver.apply(next, { type: 'gone', token });
    });
  }
  if (!process.isFenced) add('is fenced', (next) => driver.fence(next), 'disturbed');
  const later = world.processes.find(({ pod, run }) => pod === process.pod && run > process.run);
  if (process.isFenced && !later?.isStarted) add('comes back', (next) => driver.comeBack(next));
  add('stops', (next) => driver.end(next, false), 'disturbed');
  if (later?.isStarted) add('is displaced', (next) => driver.end(next, true));
  return moves;
}

type Add = (name: string, make: (process: Process, world: World) => void, costs?: keyof Budget) => void;

function addCalls(process: Process, driver: Driver, add: Add): void {
  for (const [index, call] of process.calls.entries()) {
    const { does } = call.what;
    if (!call.reply) {
      add(`${does} acts`, (next, { store }) => {
        const acting = next.calls[index]!;
        driver.act(next, store, acting);
        if (acting.isForgotten) next.calls.splice(index, 1);
      });
    }
    if (call.reply) {
      add(`${does} is answered`, (next) => {
        const [answered] = next.calls.splice(index, 1);
        driver.answered(next, answered!);
      });
    }
    if (call.isForgotten) {
      add(`${does} is over its deadline`, (next) => {
        next.calls.splice(index, 1);
      });
    } else if (process.calls.length <= CALLS_MAX) {
      add(
        `${does} loses its reply`,
        (next) => {
          const lost = next.calls[index]!;
          lost.isForgotten = true;
          if (lost.reply) next.calls.splice(index, 1);
          driver.unanswered(next, lost);
        },
        'lost',
      );
    }
  }
}

/** Another run of the ordinal; one that finds the earlier run's claim may take the user up as waiting. */
function addStart(world: World, driver: Driver, add: Add): void {
  add(
    'starts',
    (next) => {
      next.isStarted = true;
    },
    'disturbed',
  );
  const { link } = world.store;
  if (link?.pod !== 0 || link.token === undefined) return;
  add(
    'starts, and takes up who waits',
    (next, { store }) => {
      next.isStarted = true;
      driver.apply(next, { type: 'adopt', token: store.link!.token! });
    },
    'disturbed',
  );
}

function storeMoves(world: World): Move[] {
  const { store, takeOver, left } = world;
  const { link } = store;
  const moves: Move[] = [];
  const mayDisturb = left.disturbed > 0;
  if (!link && mayDisturb) {
    for (const pod of [0, 1]) {
      moves.push({
        name: `a caller places the user on pod ${pod}`,
        at: undefined,
        make: (next) => {
          next.left.disturbed -= 1;
          setTemporary(next.store, pod);
        },
      });
    }
  }
  if (link?.token !== undefined && !takeOver && isDead(world, link.pod)) {
    const read = { pod: link.pod, token: link.token };
    moves.push({
      name: 'a caller finds the owner dead',
      at: undefined,
      make: (next) => {
        next.takeOver = read;
      },
    });
  }
  if (takeOver) {
    moves.push({
      name: 'a caller takes over',
      at: undefined,
      make: (next) => {
        next.takeOver = undefined;
        const now = next.store.link;
        if (now?.pod !== takeOver.pod || now.token !== takeOver.token) return;
        setTemporary(next.store, 1 - takeOver.pod);
        next.store.owner = undefined;
      },
    });
  }
  if (link?.token === undefined || !mayDisturb) return moves;
  const rob = (next: World, isPushed: boolean): void => {
    next.left.disturbed -= 1;
    for (const process of next.processes) {
      if (!ownsLink(process, link) || process.isEnded) continue;
      process.isRobbed = true;
      if (isPushed) process.pushed = link.token;
    }
  };
  moves.push(
    {
      name: 'somebody forces the user away',
      at: undefined,
      make: (next) => {
        rob(next, true);
        forceClaim(next.store, 1 - link.pod, undefined, 0);
      },
    },
    {
      name: 'somebody removes the claim',
      at: undefined,
      make: (next) => {
        rob(next, true);
        next.store.link = undefined;
        next.store.owner = undefined;
      },
    },
    {
      name: 'the older side removes the link',
      at: undefined,
      make: (next) => {
        rob(next, false);
        next.store.link = undefined;
      },
    },
  );
  return moves;
}

/** Whether the lease of the pod's entry, which is its latest run's, is over. */
function isDead({ processes }: World, pod: number): boolean {
  const entry = processes.findLast((process) => process.pod === pod && process.isStarted)!;
  return entry.isEnded || entry.isFenced;
}

/** The promise that a world breaks; `undefined` if it breaks none. */
export function wrongIn({ store, processes }: World, before: World | undefined): string | undefined {
  const [earlier, later] = processes;
  // An earlier process of the ordinal serves until it learns of the later one: a documented exception.
  const serving = processes.filter((process) => process !== earlier || !later!.isStarted);
  if (serving.filter(holds).length > 1 && !serving.some(({ isRobbed }) => isRobbed))
    return 'two pods hold the user';
  if (before && store.kept < before.store.kept) return 'the token shrank';
  for (const process of serving) {
    if (holds(process) && !process.isRobbed && !ownsLink(process, store.link)) {
      return `run ${process.run} holds the user without a claim in the store`;
    }
    const isFree = isServing(process) && isAtRest(process) && !holds(process);
    if (isFree && ownsLink(process, store.link)) return `run ${process.run} left a claim that nobody holds`;
  }
  for (const process of processes) {
    if (process.isLostButHeld) return `run ${process.run} lost a user whom it holds`;
    if (process.isPromised && isServing(process) && !isHeld(process.life)) {
      return `run ${process.run} does not hold whom it said it claimed`;
    }
  }
  return undefined;
}
