import type {
  Clock,
  DrainOptions,
  DrainReport,
  HandOffOptions,
  HandOffSelection,
} from '@stateful-route/core';
import { checkUids, DURATION_MAX_MS, invalidParameter, onAbort } from '@stateful-route/core/adapter';
import { checkDrainOptions, checkHandOffOptions, checkHandOffSelection } from '../config/option-rules.ts';
import type { RouteConfig } from '../config/route-config.ts';
import { HandOffDemand } from './claims/hand-off-demand.ts';
import type { PodRun } from './pod-run.ts';

/** The default number of users that are handed over at a time. */
const CONCURRENCY = 16;

/** The part of `stop`'s time that is reserved for offering the remaining users: one in so many. */
const OFFER_SHARE = 4;

/** What drains depend on. */
export interface PodDrainParts {
  readonly clock: Clock;
  readonly config: RouteConfig;
  /** The options of a drain that gives none. */
  readonly defaults: DrainOptions;
}

/** Empties a pod, or hands some of its users over, within a deadline, and reports what is left. */
export class PodDrain {
  readonly #parts: PodDrainParts;

  constructor(parts: PodDrainParts) {
    this.#parts = parts;
  }

  /** Ends when no user is left, at its deadline, or when it is aborted. Checks its options synchronously. */
  async drain(run: PodRun, options: DrainOptions, refused: () => Promise<void>): Promise<DrainReport> {
    checkDrainOptions(options);
    const plan = this.#plan(options);
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
    return { left: run.present, unsaved: demand.unsaved };
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
    return this.drain(run, { signal, ratePerSecond, deadlineMs }, refused);
  }

  /** Hands the selected users over, without refusing new users. */
  async handOff(
    run: PodRun,
    selection: HandOffSelection,
    options: HandOffOptions,
    podId: number,
  ): Promise<DrainReport> {
    checkHandOffOptions(options);
    const { to } = options;
    const plan = this.#plan(options);
    if (to === podId) throw invalidParameter('to', 'must be another pod than this one');
    const uids = selected(run, selection);
    const { defaults, config, clock } = this.#parts;
    const deadlineMs = options.deadlineMs ?? defaults.deadlineMs ?? config.drainTimeoutMs;
    const over = new Deadline(clock, deadlineMs, plan.signal);
    const demand = new HandOffDemand({
      ...plan,
      uids,
      to,
      ended: over.signal,
      abandoned: new AbortController().signal,
    });
    run.pool.add(demand);
    // Users who have left are dropped, so that a change of one user does not scan all.
    const left = new Set(uids);
    const isDone = (): boolean => {
      for (const uid of left) {
        if (run.isPresent(uid)) return false;
        left.delete(uid);
      }
      return true;
    };
    await over.untilTrue(run, isDone);
    return { left: [...left].filter((uid) => run.isPresent(uid)).length, unsaved: demand.unsaved };
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
    return { left: run.present, unsaved: [...unsaved] };
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

/** The end of a wait: a timer or a signal. */
class Deadline {
  readonly #controller = new AbortController();

  constructor(clock: Clock, ms: number, signal: AbortSignal | undefined) {
    const end = (): void => this.end();
    const cancelTimer = clock.setTimeout(end, Math.max(0, ms), { keepsAlive: true });
    const removeListener = signal && onAbort(signal, end);
    onAbort(this.#controller.signal, () => {
      cancelTimer();
      removeListener?.();
    });
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  end(): void {
    this.#controller.abort();
  }

  /** Resolves when the work is done, or at the end. */
  async unlessOver(work: Promise<void>): Promise<void> {
    if (this.signal.aborted) return;
    await Promise.race([
      work,
      new Promise<void>((resolve) => {
        onAbort(this.signal, resolve);
      }),
    ]);
  }

  /** Waits until the condition holds, checked whenever a user comes or goes, or until the end; then ends. */
  async untilTrue(run: PodRun, condition: () => boolean): Promise<void> {
    const removeListener = onAbort(run.ended, () => this.end());
    while (!condition() && !this.signal.aborted) await run.registry.nextChange(this.signal);
    removeListener();
    this.end();
  }
}
