import type {
  Clock,
  DrainOptions,
  DrainReport,
  HandOffOptions,
  HandOffSelection,
  OrderReport,
  PodOrder,
  ReportedEvent,
} from '@stateful-route/core';
import {
  checkUids,
  DURATION_MAX_MS,
  invalidParameter,
  type LimitedLogger,
  type ServerExecutor,
  SHED_CONCURRENCY,
} from '@stateful-route/core/adapter';
import { checkDrainOptions, checkHandOffOptions, checkHandOffSelection } from '../config/option-rules.ts';
import type { RouteConfig } from '../config/route-config.ts';
import { JournalWriter } from '../store/journal-writer.ts';
import type { PodPlace } from '../wiring/place.ts';
import { HandOffDemand, type HandOffDemandOptions } from './claims/hand-off-demand.ts';
import { Deadline } from './deadline.ts';
import type { PodRun } from './pod-run.ts';

/** The default number of users that are handed over at a time. */
const CONCURRENCY = 16;

/** The part of `stop`'s time that is reserved for offering the remaining users: one in so many. */
const OFFER_SHARE = 4;

/** What drains depend on. */
export interface PodDrainParts {
  readonly pod: PodPlace;
  readonly clock: Clock;
  readonly logger: LimitedLogger;
  readonly server: ServerExecutor;
  readonly config: RouteConfig;
  /** The options of a drain that gives none. */
  readonly defaults: DrainOptions;
}

/** What a hand-over of some users has done so far. */
interface HandOver {
  readonly demand: HandOffDemand;
  /** The users who are still to be moved. */
  readonly left: readonly string[];
}

/**
 * Empties a pod, or hands some of its users over, within a deadline, and reports what is left. The journal has the counts; those of
 * an order are in the order's own end.
 */
export class PodDrain {
  readonly #parts: PodDrainParts;
  readonly #journal: JournalWriter;

  constructor(parts: PodDrainParts) {
    this.#parts = parts;
    this.#journal = new JournalWriter(parts.server, parts.logger);
  }

  /** Resolves when the journal has what was done, or the writes have failed. */
  settled(): Promise<void> {
    return this.#journal.settled();
  }

  /** Ends when no user is left, at its deadline, or when it is aborted. Checks its options synchronously. */
  async drain(
    run: PodRun,
    options: DrainOptions,
    refused: () => Promise<void>,
    cause: 'application' | 'operator' = 'application',
  ): Promise<DrainReport> {
    checkDrainOptions(options);
    const plan = this.#plan(options);
    const here = run.presentUids();
    const deadlineMs =
      options.deadlineMs ?? this.#parts.defaults.deadlineMs ?? this.#parts.config.drainTimeoutMs;
    const over = new Deadline(this.#parts.clock, deadlineMs, plan.signal);
    await over.unlessOver(refused());
    const demand = new HandOffDemand({
      ...plan,
      ended: over.signal,
      abandoned: new AbortController().signal,
    });
    run.pool.add(demand);
    await over.untilTrue(run, () => run.present === 0);
    const { unsaved } = demand;
    this.#drained(run, cause, here, [demand], unsaved);
    return { left: run.present, unsaved };
  }

  /** A drain that an operator wishes. Where a rate slows it down, it gets as much more time as its users take. */
  operators(
    run: PodRun,
    signal: AbortSignal,
    ratePerSecond: number | undefined,
    refused: () => Promise<void>,
  ): Promise<DrainReport> {
    const { defaults, config } = this.#parts;
    const ownMs = defaults.deadlineMs ?? config.drainTimeoutMs;
    const rateMs = ratePerSecond === undefined ? 0 : (run.present / ratePerSecond) * 1_000;
    const deadlineMs = Math.min(ownMs + rateMs, DURATION_MAX_MS);
    return this.drain(run, { signal, ratePerSecond, deadlineMs }, refused, 'operator');
  }

  /** Hands the selected users over, without refusing new users. */
  async handOff(run: PodRun, selection: HandOffSelection, options: HandOffOptions): Promise<DrainReport> {
    checkHandOffOptions(options);
    const { to } = options;
    const { podId } = this.#parts.pod;
    const plan = this.#plan(options);
    if (to === podId) throw invalidParameter('to', 'must be another pod than this one');
    const uids = selected(run, selection);
    const { defaults, config, clock } = this.#parts;
    const deadlineMs = options.deadlineMs ?? defaults.deadlineMs ?? config.drainTimeoutMs;
    const over = new Deadline(clock, deadlineMs, plan.signal);
    const { demand, left } = await this.#handOver(run, over, { ...plan, uids, to });
    const { moved, unsaved } = demand;
    this.#write({
      type: 'hand-off',
      podId,
      users: moved.size,
      left: left.length,
      unsaved: unsaved.length,
    });
    return { left: left.length, unsaved };
  }

  /**
   * Hands users over for an order, and begins with none of them after `leftMs`. Waits for those who are on their way then, so that
   * the counts are final.
   */
  async obey(
    run: PodRun,
    uids: ReadonlySet<string>,
    { kind, to, by }: Pick<PodOrder, 'kind' | 'to' | 'by'>,
    leftMs: number,
  ): Promise<OrderReport> {
    const over = new Deadline(this.#parts.clock, Math.min(leftMs, DURATION_MAX_MS), undefined);
    const plan = this.#plan({});
    const most = kind === 'shed' ? SHED_CONCURRENCY : plan.concurrency;
    const concurrency = Math.min(plan.concurrency, most);
    const { demand, left } = await this.#handOver(run, over, { ...plan, concurrency, uids, to, by });
    const isOnTheWay = (uid: string): boolean =>
      ['moving', 'doubt'].includes(run.registry.life(uid).state.at);
    while (left.some(isOnTheWay) && !run.ended.aborted) await run.registry.nextChange(run.ended);
    const moved = demand.movedAsAsked;
    const unsaved = demand.unsaved.length || undefined;
    const leftNow = left.filter((uid) => run.isPresent(uid) && !demand.moved.has(uid)).length;
    if (leftNow > 0) return { outcome: 'left', moved, left: leftNow, unsaved };
    // The others were released, lost, or moved elsewhere by another demand before their turn came.
    return { outcome: moved === 0 ? 'not-held' : 'done', moved, unsaved };
  }

  /**
   * The drain of a pod that stops. Users without a target are saved and released. At the end every user who is still here is
   * offered to be saved, all at once.
   */
  async stop(
    run: PodRun,
    budgetMs: number,
    signal: AbortSignal | undefined,
    refused: () => Promise<void>,
  ): Promise<DrainReport> {
    const { clock, config } = this.#parts;
    const plan = this.#plan({ signal });
    const here = run.presentUids();
    const hasListener = run.pool.hasListener;
    const offerMs = hasListener ? Math.min(budgetMs / OFFER_SHARE, config.userTimeoutMs) : 0;
    const all = new Deadline(clock, budgetMs, signal);
    const drainOver = new Deadline(clock, budgetMs - offerMs, all.signal);
    // A pod that is fenced meanwhile hands nobody over and waits for nothing.
    const isEmpty = (): boolean => run.present === 0 || run.isFenced;
    await drainOver.unlessOver(refused());
    const shared = { ...plan, lastCall: true, abandoned: all.signal };
    const first = new HandOffDemand({ ...shared, ended: drainOver.signal });
    run.pool.add(first);
    await drainOver.untilTrue(run, isEmpty);
    const demands = [first];
    if (offerMs > 0 && !isEmpty() && !all.signal.aborted) {
      const offered = run.registry.claimsIn('held').filter(({ uid }) => !first.failed.includes(uid));
      const last = new HandOffDemand({
        ...shared,
        uids: new Set(offered.map(({ uid }) => uid)),
        ratePerSecond: Number.POSITIVE_INFINITY,
        concurrency: Number.POSITIVE_INFINITY,
        userTimeoutMs: offerMs,
        ended: all.signal,
      });
      demands.push(last);
      run.pool.add(last);
      await all.untilTrue(run, isEmpty);
    }
    all.end();
    const unsaved = new Set(demands.flatMap((demand) => demand.unsaved));
    if (hasListener) {
      for (const { uid } of run.registry.claimsIn('held', 'raising')) unsaved.add(uid);
      for (const { uid } of run.registry.claimsIn('moving')) if (run.pool.isSaving(uid)) unsaved.add(uid);
      // A fence in the middle ends the drain before these users were offered, or their saves had ended.
      const isSaved = (uid: string): boolean => demands.some((demand) => demand.saved.has(uid));
      for (const { uid } of run.registry.claimsIn('suspended')) if (!isSaved(uid)) unsaved.add(uid);
    }
    this.#drained(run, 'stop', here, demands, [...unsaved]);
    return { left: run.present, unsaved: [...unsaved] };
  }

  /** Hands users over until each has gone or could not be saved, or until the end. */
  async #handOver(
    run: PodRun,
    over: Deadline,
    terms: Omit<HandOffDemandOptions, 'ended' | 'abandoned'> & { readonly uids: ReadonlySet<string> },
  ): Promise<HandOver> {
    const abandoned = new AbortController().signal;
    const demand = new HandOffDemand({ ...terms, ended: over.signal, abandoned });
    run.pool.add(demand);
    const isHere = (uid: string): boolean => run.isPresent(uid) && !demand.moved.has(uid);
    // Users who have left are dropped, so that a change of one user does not scan all.
    const open = new Set(terms.uids);
    const isDone = (): boolean => {
      for (const uid of open) {
        if (isHere(uid) && !demand.hasFailed(uid)) return false;
        open.delete(uid);
      }
      return true;
    };
    await over.untilTrue(run, isDone);
    return { demand, left: [...terms.uids].filter(isHere) };
  }

  /** Writes the end of a drain to the journal. `here`: the users who were here when it began. */
  #drained(
    run: PodRun,
    cause: 'application' | 'operator' | 'stop',
    here: ReadonlySet<string>,
    demands: readonly HandOffDemand[],
    unsaved: readonly string[],
  ): void {
    const all = new Set([...here, ...demands.flatMap(({ moved }) => [...moved])]);
    const users = [...all].filter((uid) => !run.isPresent(uid)).length;
    const { podId } = this.#parts.pod;
    this.#write({ type: 'drain', podId, cause, users, left: run.present, unsaved: unsaved.length });
  }

  #write(event: ReportedEvent): void {
    const { namespace, serviceName } = this.#parts.pod;
    this.#journal.write(namespace, serviceName, event);
  }

  #plan(
    options: DrainOptions,
  ): Required<Pick<DrainOptions, 'ratePerSecond' | 'concurrency' | 'userTimeoutMs'>> &
    Pick<DrainOptions, 'onHandOff' | 'signal'> {
    const { defaults, config } = this.#parts;
    const {
      signal,
      onHandOff,
      ratePerSecond = Number.POSITIVE_INFINITY,
      concurrency = CONCURRENCY,
      userTimeoutMs = config.userTimeoutMs,
    } = { ...defaults, ...given(options) };
    return { signal, onHandOff, ratePerSecond, concurrency, userTimeoutMs };
  }
}

function given(options: DrainOptions): DrainOptions {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
}

function selected(run: PodRun, selection: HandOffSelection): ReadonlySet<string> {
  if (Array.isArray(selection)) {
    checkUids(selection);
    return new Set(selection as readonly string[]);
  }
  checkHandOffSelection(selection, 'users');
  const { count, filter = () => true } = selection as Exclude<HandOffSelection, readonly string[]>;
  const held = run.registry.claimsIn('held').filter(({ uid }) => filter(uid));
  return new Set(held.slice(0, count).map(({ uid }) => uid));
}
