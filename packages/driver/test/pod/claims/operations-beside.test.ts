import { isRouteError, PERSIST_FOREVER } from '@stateful-route/core';
import { describe, expect, it } from 'vitest';
import { type PodFixture, podFixture } from '../../pod-fixture.ts';
import { type CallFate, ClaimWire } from './claim-wire.ts';

/** A realtime pod's lease is 15 s, its margin 1.5 s. */
const LEASE_MS = 15_000;
const config = { profile: 'realtime' } as const;
const minToken = 2 ** 52;
const fates: readonly CallFate[] = ['in time', 'held', 'late', 'lost', 'unsent'];
const starts = [
  { isHeld: true, isWanted: true },
  { isHeld: false, isWanted: true },
  { isHeld: false, isWanted: false },
];

type Pod = ReturnType<PodFixture['pod']>;

/** Two pods, of which one has a wire that a test can break, and everything they do about one user. */
class World {
  readonly fixture = podFixture();
  readonly wire = new ClaimWire(this.fixture.clock);
  readonly pod: Pod = this.fixture.pod(0, { config }, this.wire.around);
  readonly rival: Pod = this.fixture.pod(1, { config });
  readonly problems: string[] = [];
  open = 0;
  /** Whether the user was taken from an owner by force. */
  forced = false;
  /** Whether the pod was fenced when it stopped: then its claims are left for a take-over. */
  leftBehind = false;

  /** Starts an operation, and looks at how it ends. */
  begin(name: string): void {
    this.open += 1;
    operations[name]!(this)
      .catch((error: unknown) => {
        if (!isRouteError(error)) this.problems.push(`${name} rejected with ${String(error)}`);
      })
      .finally(() => {
        this.open -= 1;
      });
  }

  /** Moves time on in steps, with a rival that wants the user too, or none. */
  async pass(ms: number, stepMs: number, wanted: boolean): Promise<void> {
    for (let passed = 0; passed < ms; passed += stepMs) {
      await this.fixture.clock.advance(stepMs);
      this.look();
      if (wanted && !this.forced) {
        await this.rival.server.claim('ada');
        this.look();
      }
    }
  }

  look(): void {
    const both = this.pod.server.holds('ada') && this.rival.server.holds('ada');
    if (both && !this.forced) this.problems.push('two pods hold the user');
  }

  /** What must be true when everything has been answered and nothing is under way. */
  async rest(): Promise<void> {
    const link = await this.fixture.executors.stateful.getLink('game', 'ada', 'room');
    const names = (podId: number): boolean => link.permanent && link.podId === podId;
    for (const [podId, { server }] of [this.pod, this.rival].entries()) {
      const isLeft = this.leftBehind && podId === 0 && !server.holds('ada');
      if (server.holds('ada') !== names(podId) && link.incarnation !== undefined && !isLeft) {
        this.problems.push(`pod ${podId} holds: ${server.holds('ada')}; the link: ${JSON.stringify(link)}`);
      }
    }
    if (this.open > 0) this.problems.push(`${this.open} operations did not end`);
    if (this.wire.pending > 0) this.problems.push(`${this.wire.pending} calls are pending`);
  }
}

const operations: Readonly<Record<string, (world: World) => Promise<unknown>>> = {
  claim: ({ pod }) => pod.server.claim('ada'),
  release: ({ pod }) => pod.server.release('ada'),
  refuse: ({ pod }) => pod.server.refuse('ada'),
  claimScope: ({ pod, fixture, problems }) =>
    pod.server.claimScope('ada', async ({ signal }) => {
      if (!pod.server.holds('ada') && !signal.aborted)
        problems.push('a scope runs while the user is not held');
      await new Promise<void>((resolve) => {
        fixture.clock.setTimeout(resolve, 50);
        signal.addEventListener('abort', () => {
          if (pod.server.holds('ada')) problems.push('a signal fired while the user is held');
          resolve();
        });
      });
      if (!pod.server.holds('ada') && !signal.aborted) problems.push('a hold ended without a signal');
    }),
  handOff: ({ pod }) => pod.server.handOff(['ada'], { onHandOff: () => {}, deadlineMs: 3_000 }),
  drain: ({ pod }) => pod.server.drain({ onHandOff: () => {}, deadlineMs: 3_000 }),
  setLinkedPod: (world) => {
    world.forced = true;
    return world.pod.server.setLinkedPod('game', 'ada', 'room', 0);
  },
  'setLinkedPod to another': (world) => {
    world.forced = true;
    return world.pod.server.setLinkedPod('game', 'ada', 'room', 1);
  },
  removeLinkedPod: (world) => {
    world.forced = true;
    return world.pod.server.removeLinkedPod('game', 'ada', 'room');
  },
  'trySetLinkedPod with minToken': ({ pod }) =>
    pod.server.trySetLinkedPod('game', 'ada', 'room', 0, { minToken }),
  'a forced end': (world) => {
    world.forced = true;
    return world.fixture.executors.stateful.setLinkedPod('game', 'ada', 'room', 1, PERSIST_FOREVER);
  },
  'fence and return': async ({ fixture, wire }) => {
    wire.beats = false;
    fixture.clock.setTimeout(() => {
      wire.beats = true;
    }, LEASE_MS);
  },
  'FAILED, then READY': async ({ pod, fixture }) => {
    fixture.clock.setTimeout(() => {
      pod.server.setServiceState('READY').catch(() => {});
    }, 5_000);
    await pod.server.setServiceState('FAILED');
  },
  stop: (world) => {
    world.leftBehind = world.pod.server.isFenced();
    world.pod.server.on('fenced', () => {
      world.leftBehind = true;
    });
    return world.pod.stop();
  },
};
const names = Object.keys(operations);

/** One operation beside another, the first write of the two meeting a fate. Returns what was wrong. */
async function meet(
  first: string,
  second: string,
  {
    fate,
    isHeld,
    isWanted,
  }: { readonly fate: CallFate; readonly isHeld: boolean; readonly isWanted: boolean },
): Promise<string[]> {
  const world = new World();
  await world.pod.start();
  await world.rival.start();
  if (isHeld) await world.pod.server.claim('ada');
  world.wire.next(fate);
  world.begin(first);
  world.begin(second);
  world.look();
  await world.pass(500, 100, isWanted);
  world.wire.release();
  await world.pass(2_000, 500, isWanted);
  // A fence, a return, and what is in doubt behind them.
  await world.pass(3 * LEASE_MS, 2_500, isWanted);
  await world.rest();
  return world.problems;
}

describe.each(names)('%s on one user', (first) => {
  it.each(names)(
    'beside %s: one pod holds, nothing stays open, and the directory says the same',
    async (second) => {
      const found: string[] = [];
      for (const fate of fates) {
        for (const start of starts) {
          const problems = await meet(first, second, { fate, ...start });
          found.push(...problems.map((problem) => `${fate}, ${JSON.stringify(start)}: ${problem}`));
        }
      }
      expect(found).toEqual([]);
    },
  );
});
