import { randomUUID } from 'node:crypto';
import type { ShedOrder } from '@stateful-route/core';
import type { BalanceHold, BalancePreview, PodBalance } from '@stateful-route/core/adapter';
import { counted, duration, figure } from '@stateful-route/core/adapter';
import { previewRebalance } from '@stateful-route/driver';
import type { Context } from '../run/context.ts';
import { CommandEnd, EXIT } from '../run/exit-status.ts';
import { Progress } from '../output/progress.ts';
import { show, tableOf } from '../output/show.ts';
import type { Column } from '../output/table.ts';
import { patiently } from '../run/patience.ts';
import { pause } from '../run/pause.ts';
import { endOfOrder } from './order-end.ts';
import { readSomePods, serviceOf } from './target.ts';

/** So often orders are given. */
const ROUND_MS = 5_000;
/** For how long a pod may begin an order. */
const BEGIN_MS = 30_000;
/** For so long a user who was moved may have only a temporary link. */
const LINK_MS = 60_000;

/** Options of {@link rebalance}. */
export interface RebalanceOptions {
  /** Only shows what would be moved. */
  readonly dryRun: boolean;
  /** How many users are moved a second. Default: the planner's budgets. */
  readonly ratePerSecond?: number | undefined;
}

type PlannedMove = BalancePreview['moves'][number];

const podColumns: readonly Column<PodBalance>[] = [
  { title: 'POD', text: ({ podId }) => String(podId), right: true },
  { title: 'USERS', text: ({ users }) => String(users), right: true },
  { title: 'OVER FAIR', text: ({ overFair }) => figure(overFair), right: true },
  { title: 'IS', text: ({ is }) => (is === 'even' ? 'even' : 'uneven'), droppable: 1 },
];

const moveColumns: readonly Column<PlannedMove>[] = [
  { title: 'FROM', text: ({ podId }) => String(podId), right: true },
  { title: 'TO', text: ({ to }) => String(to), right: true },
  { title: 'USERS', text: ({ users }) => String(users), right: true },
  {
    title: 'LOAD',
    text: ({ load }) => (load === undefined ? '-' : figure(load)),
    right: true,
    droppable: 2,
  },
  { title: 'WHY', text: ({ label }) => label, droppable: 1 },
];

const HELD: Readonly<Record<BalanceHold, string>> = {
  frozen: 'it is frozen. To go on: routectl unfreeze',
  guard: 'so many pods fell silent at once that nobody is moved',
  'young directory': 'the directory is younger than a lease',
  'restored directory': 'pods still restore what the store had lost',
  deaths: 'a pod was lost less than a lease ago',
  drain: 'a pod hands its users over',
  update: 'a rolling update runs',
  'without gain': 'the last rounds brought it no nearer to even',
};

/** Shows the moves that bring the pods near to even, or has the pods make them. */
export async function rebalance(context: Context, options: RebalanceOptions): Promise<void> {
  const { namespace, store, signal, by } = context;
  const { executors } = store;
  const serviceName = await serviceOf(context);
  const place = { executors, namespace, serviceName, signal };
  const { storeTime } = await readSomePods(context, serviceName);
  const preview = await previewRebalance(place);
  const { moves, hold, pods } = preview;
  const users = usersOf(moves);
  const seconds = options.ratePerSecond === undefined ? preview.minutes * 60 : users / options.ratePerSecond;
  const shown = { namespace, service: serviceName, dryRun: options.dryRun, hold, moves, seconds, pods };
  if (options.dryRun || moves.length === 0) {
    show(context, { ...shown, moved: 0, left: 0 }, () => {
      const list = moves.length === 0 ? '' : `\n${tableOf(context, moveColumns, moves)}`;
      const held = hold === undefined ? '' : ` Nothing is moved now: ${HELD[hold]}.`;
      return `${tableOf(context, podColumns, pods)}${list}\n${sumOf(users, seconds)}${held}\n`;
    });
    return;
  }
  if (hold !== undefined) {
    throw new CommandEnd(EXIT.refused, `${serviceName} is not evened out: ${HELD[hold]}.`, shown);
  }
  if (await hasShedLately(context, serviceName, storeTime)) {
    const message = `${serviceName} is not evened out: pods were told to give users away less than a minute ago. Their new pods show them when they come.`;
    throw new CommandEnd(EXIT.refused, message, shown);
  }
  const { moved, left, stoppedBy } = await carryOut(context, serviceName, moves, users / seconds);
  const result = { ...shown, moved, left, stoppedBy, by };
  const text = `${counted(moved, 'user')} moved, ${left} left.`;
  if (stoppedBy !== undefined) {
    throw new CommandEnd(
      EXIT.refused,
      `${text} ${serviceName} is not evened out further: ${HELD[stoppedBy]}.`,
      result,
    );
  }
  if (moved === 0) {
    throw new CommandEnd(
      EXIT.failed,
      `${text} The pods give nobody away: routectl events --type order-ended`,
      result,
    );
  }
  show(context, result, () => `${text}\n`);
}

/** Whether users may be on their way that no heartbeat shows: a plan would count them nowhere. */
async function hasShedLately(
  { namespace, store, signal }: Context,
  service: string,
  storeTime: number,
): Promise<boolean> {
  const filter = { types: ['order'], limit: 1_000, signal } as const;
  const { entries } = await store.executors.server.readJournal(namespace, service, filter);
  return entries.some(
    (entry) => entry.type === 'order' && entry.order.kind === 'shed' && storeTime - entry.at < LINK_MS,
  );
}

function sumOf(users: number, seconds: number): string {
  if (users === 0) return 'Nobody is to be moved.';
  return `${counted(users, 'user')} to be moved, in ${duration(seconds * 1_000)} at least.`;
}

const usersOf = (moves: readonly PlannedMove[]): number => moves.reduce((sum, { users }) => sum + users, 0);

interface CarriedOut {
  readonly moved: number;
  readonly left: number;
  /** What ended it early. */
  readonly stoppedBy: BalanceHold | undefined;
}

/** Has the pods make the moves, at a rate. A pod that gives fewer users than it is asked for is asked no more for that move. */
async function carryOut(
  context: Context,
  serviceName: string,
  moves: readonly PlannedMove[],
  ratePerSecond: number,
): Promise<CarriedOut> {
  const { clock, namespace, store, signal, streams } = context;
  using progress = new Progress(streams.err);
  const total = usersOf(moves);
  const perRound = Math.max(1, Math.floor((ratePerSecond * ROUND_MS) / 1_000));
  const roundMs = (perRound / ratePerSecond) * 1_000;
  const began = clock.monotonic();
  const exhausted = new Set<PlannedMove>();
  let moved = 0;
  for (const [nth, round] of roundsOf(moves, perRound).entries()) {
    const parts = round.filter(({ move }) => !exhausted.has(move));
    if (parts.length === 0) continue;
    progress.show('users moved', moved, total);
    await pause(Math.max(0, began + nth * roundMs - clock.monotonic()), context);
    const place = { executors: store.executors, namespace, serviceName, signal };
    const { hold } = await patiently(context, () => previewRebalance(place));
    if (hold !== undefined) return { moved, left: total - moved, stoppedBy: hold };
    const results = await Promise.all(parts.map((part) => shed(context, serviceName, part)));
    for (const [at, part] of parts.entries()) {
      moved += results[at]!;
      if (results[at]! < part.users) exhausted.add(part.move);
    }
  }
  return { moved, left: total - moved, stoppedBy: undefined };
}

/** A part of a move, which is made in one round. */
interface MovePart {
  readonly move: PlannedMove;
  readonly users: number;
}

/** Parts moves into rounds of at most so many users. */
function roundsOf(moves: readonly PlannedMove[], perRound: number): MovePart[][] {
  const rounds: MovePart[][] = [[]];
  let room = perRound;
  for (const move of moves) {
    for (let left = move.users; left > 0;) {
      if (room === 0) {
        rounds.push([]);
        room = perRound;
      }
      const users = Math.min(left, room);
      rounds.at(-1)!.push({ move, users });
      left -= users;
      room -= users;
    }
  }
  return rounds;
}

/** Orders a pod to give users away. Returns how many it gave. */
async function shed(context: Context, service: string, { move, users }: MovePart): Promise<number> {
  const { namespace, store, by, signal } = context;
  const { stateful, server } = store.executors;
  const { podId, to } = move;
  const { storeTime } = await stateful.getServiceState(namespace, service, { signal });
  const { after } = await server.readJournal(namespace, service, { limit: 1, signal });
  const load = move.load === undefined ? undefined : (move.load * users) / move.users;
  const order: ShedOrder = {
    kind: 'shed',
    id: randomUUID(),
    users,
    load,
    to,
    until: storeTime + BEGIN_MS,
    by,
  };
  const isGiven = await server.giveOrder(namespace, service, podId, order, { signal });
  if (!isGiven) return 0;
  const end = await endOfOrder(context, { service, podId, order, after, timeoutMs: BEGIN_MS });
  return end?.moved ?? 0;
}
