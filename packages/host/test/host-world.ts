import { createMemoryExecutors } from '@stateful-route/adapter-memory';
import {
  type DrainReport,
  type Logger,
  NOT_MINE,
  isRouteError,
  type StatefulRouteForServerDriver,
} from '@stateful-route/core';
import { ManualClock, seededRandom } from '@stateful-route/core/testing';
import { createStatefulRoute, type StatefulRoute } from '@stateful-route/driver';
import { createHost, type Host, type HostOptions, type Stay } from '@stateful-route/host';
import {
  type Acts,
  CheckedStorage,
  CountingClock,
  Endings,
  type How,
  type Wire,
  wired,
} from './host-world-parts.ts';

const namespace = 'test';
const serviceName = 'room';

interface WorldPod {
  readonly route: StatefulRoute<StatefulRouteForServerDriver>;
  readonly host: Host<Acts>;
  readonly clock: CountingClock;
  wire: Wire;
  isRunning: boolean;
}

/** Pods with hosts on one store, whose application a script breaks. It notes what must never be. */
export class HostWorld {
  readonly clock: ManualClock = new ManualClock();
  readonly storage: CheckedStorage = new CheckedStorage();
  readonly #executors = createMemoryExecutors({ clock: this.clock });
  readonly pods: WorldPod[] = [];
  readonly #options: Partial<HostOptions<Acts>>;
  readonly #pending = new Set<{ readonly what: string; readonly since: number }>();
  readonly #endings = new Endings(this.clock);
  readonly #stays: Stay<Acts>[] = [];
  readonly #opened: Acts[] = [];
  /** The acts that were answered, by open. */
  readonly #answered = new Map<number, Set<number>>();
  readonly #openingNow = new Map<string, number>();
  #openIds = 0;
  #acts = 0;
  open: How = 'at once';
  save: How = 'at once';
  close: How = 'at once';
  /** Whether a save itself changes what it saves. */
  saveChanges = false;
  readonly problems: string[] = [];
  readonly counts: Record<string, number> = {};

  private constructor(options: Partial<HostOptions<Acts>>) {
    this.#options = options;
  }

  static async start(options: Partial<HostOptions<Acts>>, pods = 2, maxUsers?: number): Promise<HostWorld> {
    const world = new HostWorld(options);
    for (let podId = 0; podId < pods; podId++) {
      world.pods.push(world.#makePod(podId, maxUsers));
      await world.pods[podId]!.route.start();
    }
    return world;
  }

  /* What a script does. */

  use(podId: number, uid: string, how: How, inside?: { pod: number; uid: string }, timeoutMs?: number): void {
    const pod = this.#pod(podId);
    const run = this.#act(pod, how, inside);
    this.#note(`use of ${uid} (${how})`, pod.host.use(uid, run, { timeoutMs }), run);
  }

  enter(podId: number, uid: string): void {
    const entered = this.#pod(podId).host.enter(uid);
    this.#track(`enter of ${uid}`, entered);
    void entered.then(
      (stay) => {
        if (stay === NOT_MINE) return;
        this.#stays.push(stay);
        void stay.closed.then(() => stay.leave());
      },
      () => {},
    );
  }

  useStay(at: number, how: How): void {
    const stay = this.#stays[at % Math.max(1, this.#stays.length)];
    if (!stay) return;
    const run = this.#act(undefined, how);
    this.#note(`use of a stay of ${stay.uid}`, stay.use(run), run);
  }

  changed(at: number): void {
    this.#stays[at % Math.max(1, this.#stays.length)]?.changed();
  }

  leave(at: number): void {
    const [stay] = this.#stays.splice(at % Math.max(1, this.#stays.length), 1);
    stay?.leave();
  }

  end(podId: number, uid: string): void {
    this.#track(`end of ${uid}`, this.#pod(podId).host.end(uid));
  }

  drain(podId: number): void {
    this.#report('drain', this.#pod(podId).route.server.drain({ deadlineMs: 5_000 }));
  }

  resume(podId: number): void {
    this.#track('resume', this.#pod(podId).route.server.setRoutingState('READY'));
  }

  handOff(podId: number, uid: string): void {
    this.#report('handOff', this.#pod(podId).route.server.handOff([uid], { deadlineMs: 5_000 }));
  }

  fail(podId: number): void {
    this.#track('fail', this.#pod(podId).route.server.setServiceState('FAILED'));
  }

  recover(podId: number): void {
    this.#track('recover', this.#pod(podId).route.server.setServiceState('READY'));
  }

  stop(podId: number): void {
    const pod = this.#pod(podId);
    pod.isRunning = false;
    this.#report('stop', pod.route.stop());
  }

  start(podId: number): void {
    const pod = this.#pod(podId);
    if (pod.isRunning) return;
    pod.isRunning = true;
    this.#track(
      'start',
      pod.route.start().catch((error: unknown) => {
        pod.isRunning = false;
        throw error;
      }),
    );
  }

  wire(podId: number, wire: Wire): void {
    this.#pod(podId).wire = wire;
  }

  lose(uid: string, podId: number): void {
    const { stateful } = this.#executors;
    this.#track('lose', stateful.setLinkedPod(namespace, uid, serviceName, podId, -1));
    // Nobody serves this claim, which no incarnation owns.
    this.#track('lose', stateful.removeLinkedPod(namespace, uid, serviceName));
  }

  remove(uid: string): void {
    this.#track('remove', this.#executors.stateful.removeLinkedPod(namespace, uid, serviceName));
  }

  release(): void {
    this.#endings.release();
  }

  /** Ends all faults, lets everybody go, and checks what must be so then. */
  async rest(): Promise<void> {
    this.#endings.isCalm = true;
    this.open = this.save = this.close = 'at once';
    this.saveChanges = false;
    for (const pod of this.pods) pod.wire = 'ok';
    for (const stay of this.#stays) stay.leave();
    this.release();
    await this.clock.advance(9_000);
    for (const [podId, pod] of this.pods.entries()) {
      if (!pod.isRunning) this.start(podId);
      await this.clock.advance(1_000);
      this.recover(podId);
      this.resume(podId);
    }
    await this.clock.advance(12_000);
    for (const stay of this.#stays) stay.leave();
    this.release();
    await this.clock.advance(22_000);
    for (const { what } of this.#pending) this.problems.push(`unanswered: ${what}`);
    for (const [podId, { route, host, clock }] of this.pods.entries()) {
      const held = [...route.server.held()];
      if (held.length > 0) this.problems.push(`pod ${podId} holds ${held.join(' ')} at rest`);
      const { entities, queued, opening, unsaved, stays } = host.stats();
      const left = { entities, queued, opening, unsaved, stays };
      if (Object.values(left).some((count) => count !== 0))
        this.problems.push(`left on pod ${podId}: ${JSON.stringify(left)}`);
      for (const timer of clock.timers)
        this.problems.push(`a timer at rest on pod ${podId}: ${JSON.stringify(timer)}`);
    }
    for (const { uid, openId, isClosed } of this.#opened) {
      if (!isClosed) this.problems.push(`open ${openId} of ${uid} was never closed`);
    }
    this.#checkAnswers();
  }

  async stopAll(): Promise<void> {
    const stopped = Promise.all(this.pods.map(({ route }) => route.stop({ signal: AbortSignal.abort() })));
    const ended = stopped.then(() => true);
    while (!(await Promise.race([ended, this.clock.advance(100).then(() => false)]))) continue;
    await this.#executors.close();
  }

  /* The application. */

  #makePod(podId: number, maxUsers: number | undefined): WorldPod {
    const clock = new CountingClock(this.clock);
    const pod = { wire: 'ok' as Wire, isRunning: true, clock };
    const route = createStatefulRoute({
      executors: wired(this.#executors, () => pod.wire),
      namespace,
      serviceName,
      podId,
      clock: this.clock,
      logger: this.#logger(),
      config: {
        maxUsers,
        leaseSeconds: 8,
        heartbeatSeconds: 2.5,
        stateRefreshMs: 3_000,
        healthCheckIntervalMs: 60_000,
        drainTimeoutMs: 8_000,
      },
      overrides: { random: seededRandom(podId + 1) },
    });
    const host: Host<Acts> = createHost<Acts>(route, {
      open: async ({ uid, token, signal, changed }) => {
        const key = `${podId} ${uid}`;
        const opening = (this.#openingNow.get(key) ?? 0) + 1;
        this.#openingNow.set(key, opening);
        this.#openIds += 1;
        const openId = this.#openIds;
        this.#count('opens');
        try {
          this.storage.register(uid, token, openId);
          await this.#endings.end(this.open, signal);
          const acts = this.storage.register(uid, token, openId);
          const now = { isBusy: false, isSaving: false, isClosed: false };
          const state: Acts = { uid, openId, token, acts: [...acts], changed, ...now };
          this.#opened.push(state);
          this.#answered.set(openId, new Set());
          return state;
        } finally {
          this.#openingNow.set(key, (this.#openingNow.get(key) ?? 1) - 1);
        }
      },
      save: async ({ uid, token, state, signal }) => {
        this.#count('saves');
        this.#check(!state.isBusy, `a save of ${uid} beside a use`);
        this.#check(!state.isClosed, `a save of ${uid} after its close`);
        this.#check(state.token === token, `a save of ${uid} with another token`);
        this.#check(!state.isSaving, `two saves of ${uid}`);
        state.isSaving = true;
        const acts = [...state.acts];
        if (this.saveChanges) state.changed();
        try {
          await this.#endings.end(this.save, signal);
          this.storage.store(state, acts);
        } finally {
          state.isSaving = false;
        }
      },
      close: async ({ uid, state, why }) => {
        this.#count(`close ${why}`);
        this.#check(!state.isClosed, `${uid} closed twice`);
        state.isClosed = true;
        state.closed = why;
        await this.#endings.end(this.close);
      },
      clock,
      logger: this.#logger(),
      idleAfterMs: 3_000,
      openTimeoutMs: 4_000,
      useTimeoutMs: 1_500,
      moveWaitMs: 2_000,
      saveEveryMs: 2_000,
      ...this.#options,
    });
    return Object.assign(pod, { route, host });
  }

  #act(
    pod: WorldPod | undefined,
    how: How,
    inside?: { pod: number; uid: string },
  ): ((state: Acts, context: { signal: AbortSignal; token: number }) => Promise<number>) & {
    act?: number;
    openId?: number;
  } {
    const run = async (
      state: Acts,
      { signal, token }: { signal: AbortSignal; token: number },
    ): Promise<number> => {
      this.#check(!state.isBusy, `two uses of ${state.uid}`);
      this.#check(!state.isClosed, `a use of ${state.uid} after its close`);
      this.#check(!signal.aborted, `a use of ${state.uid} begins after its signal`);
      this.#check(token === state.token, `a use of ${state.uid} with another token`);
      if (pod) this.#check(pod.route.server.holds(state.uid), `a use of ${state.uid}, who is not held`);
      state.isBusy = true;
      this.#acts += 1;
      const act = this.#acts;
      Object.assign(run, { act, openId: state.openId });
      state.acts.push(act);
      try {
        if (inside)
          await this.#pod(inside.pod)
            .host.use(inside.uid, this.#act(this.#pod(inside.pod), 'at once'))
            .catch(() => {});
        await this.#endings.end(how, signal);
      } finally {
        state.isBusy = false;
      }
      return act;
    };
    return run;
  }

  /** Notes the answers of a use. */
  #note(what: string, answer: Promise<unknown>, run: { act?: number; openId?: number }): void {
    this.#track(what, answer);
    void answer.then(
      (result) => {
        if (result === NOT_MINE) {
          this.#count('not mine');
          this.#check(run.act === undefined, `${what} acted and is not mine`);
          return;
        }
        this.#count('answers');
        this.#answered.get(run.openId!)?.add(run.act!);
        const state = this.#opened.find(({ openId }) => openId === run.openId);
        const { saveAfter } = this.#options;
        const isSaved = this.storage.stored.get(state!.uid)?.acts.includes(run.act!) ?? false;
        if (saveAfter === 'use') this.#check(isSaved, `${what} was answered before it was saved`);
      },
      (error: unknown) => {
        const code = isRouteError(error) ? error.code : (error as Error).message;
        this.#count(`error ${code}`);
      },
    );
  }

  /** The users of whom a report or the log said that they moved unsaved. */
  readonly #told = new Set<string>();

  #logger(): Logger {
    const warn = (fields: Readonly<Record<string, unknown>>, message: string): void => {
      if (message.includes('unsaved')) this.#told.add(String(fields['uid']));
    };
    return { debug: () => {}, info: () => {}, warn, error: warn };
  }

  #checkAnswers(): void {
    const mustSave = this.#options.saveAfter === 'use';
    for (const { uid, openId, closed } of this.#opened) {
      // At a stop the time may be over.
      const isMoved = closed === 'handOff' && !this.#told.has(uid);
      const isOrderly = closed === 'idle' || closed === 'ended' || isMoved;
      const saved = new Set(this.storage.stored.get(uid)?.acts);
      for (const act of this.#answered.get(openId) ?? []) {
        if (!saved.has(act) && (isOrderly || mustSave)) this.problems.push(`act ${act} of ${uid} is lost`);
      }
    }
  }

  #report(what: string, promise: Promise<DrainReport>): void {
    this.#track(what, promise);
    void promise.then(
      ({ unsaved }) => unsaved.forEach((uid) => this.#told.add(uid)),
      () => {},
    );
  }

  #track(what: string, promise: Promise<unknown>): void {
    const pending = { what, since: this.clock.monotonic() };
    this.#pending.add(pending);
    void promise.catch(() => {}).then(() => this.#pending.delete(pending));
  }

  #pod(podId: number): WorldPod {
    return this.pods[podId % this.pods.length]!;
  }

  #count(what: string): void {
    this.counts[what] = (this.counts[what] ?? 0) + 1;
  }

  #check(isSo: boolean, problem: string): void {
    if (!isSo) this.problems.push(problem);
  }
}
