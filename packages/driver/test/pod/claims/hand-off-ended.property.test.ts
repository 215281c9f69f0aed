import assert from 'node:assert/strict';
import { isRouteError } from '@stateful-route/core';
import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { type PodFixture, podFixture } from '../../pod-fixture.ts';
import { type CallFate, ClaimWire } from './claim-wire.ts';

/** A realtime pod's lease is 15 s. */
const config = { profile: 'realtime', drainTimeoutMs: 20_000 } as const;
const RUNS = 100;

const uids = ['ada', 'bob'] as const;
type Uid = (typeof uids)[number];

/** How the application's saves end. */
type Save = 'at once' | 'slowly' | 'rejects' | 'rejects slowly' | 'after its signal' | 'never';
const saves: readonly Save[] = [
  'at once',
  'slowly',
  'rejects',
  'rejects slowly',
  'after its signal',
  'never',
];
const fates: readonly CallFate[] = ['in time', 'held', 'late', 'lost', 'unsent'];

type Happening =
  | { readonly does: 'claim' | 'release' | 'handOff' | 'forceAway'; readonly uid: Uid }
  | { readonly does: 'drain' | 'resume' | 'stop' | 'start' | 'fail' | 'recover' | 'displace' | 'rivalLeaves' }
  | { readonly does: 'beats'; readonly reach: boolean }
  | { readonly does: 'save'; readonly how: Save }
  | { readonly does: 'fate'; readonly fate: CallFate }
  | { readonly does: 'advance'; readonly ms: number };

const uid = fc.constantFrom(...uids);
const passed = fc.oneof(fc.integer({ min: 0, max: 100 }), fc.integer({ min: 0, max: 20_000 }));
const happening: fc.Arbitrary<Happening> = fc.oneof(
  { weight: 12, arbitrary: fc.record({ does: fc.constantFrom('claim', 'handOff'), uid }) },
  { weight: 2, arbitrary: fc.record({ does: fc.constantFrom('release', 'forceAway'), uid }) },
  { weight: 4, arbitrary: fc.record({ does: fc.constantFrom('drain', 'resume', 'stop', 'start', 'start') }) },
  { weight: 2, arbitrary: fc.record({ does: fc.constantFrom('fail', 'recover', 'recover', 'rivalLeaves') }) },
  { weight: 1, arbitrary: fc.record({ does: fc.constant('displace') }) },
  { weight: 2, arbitrary: fc.record({ does: fc.constant('beats'), reach: fc.boolean() }) },
  { weight: 6, arbitrary: fc.record({ does: fc.constant('save'), how: fc.constantFrom(...saves) }) },
  { weight: 4, arbitrary: fc.record({ does: fc.constant('fate'), fate: fc.constantFrom(...fates) }) },
  { weight: 8, arbitrary: fc.record({ does: fc.constant('advance'), ms: passed }) },
);

/** A pod whose store and application a script breaks, and what it said of its hand-offs. */
class World {
  readonly #fixture: PodFixture = podFixture();
  readonly #wire = new ClaimWire(this.#fixture.clock);
  readonly #pod = this.#fixture.pod(0, { config }, this.#wire.around);
  readonly #rival = this.#fixture.pod(1, { config });
  #save: Save = 'at once';
  /** The hand-offs that the application heard of and whose end it has not heard. */
  readonly #open = new Map<string, number>();
  #isServing = false;
  readonly #problems: string[] = [];
  calls = 0;
  ends = 0;

  constructor() {
    const { server } = this.#pod;
    server.onHandOff(async ({ uid: of, token, signal }) => {
      this.#check(!this.#open.has(of), `${of} is handed off again before the last hand-off ended`);
      this.#check(this.#isServing, `${of} is handed off by a pod that has stopped`);
      this.#open.set(of, token);
      this.calls += 1;
      await this.#saved(signal);
    });
    server.on('handOffEnded', ({ uid: of, token, moved }) => {
      this.#check(this.#open.get(of) === token, `an end of ${of} without a hand-off`);
      this.#open.delete(of);
      this.ends += 1;
      this.#check(!moved || !server.holds(of), `${of} has moved and is held`);
    });
    server.on('stopped', () => {
      this.#check(this.#isServing, 'stopped twice');
      this.#isServing = false;
      this.#check(server.held().size === 0, 'stopped, and holds users');
      this.#check(this.#open.size === 0, 'stopped, and hand-offs have not ended');
    });
  }

  /** An error of a listener would only be logged. */
  #check(holds: boolean, problem: string): void {
    if (!holds) this.#problems.push(problem);
  }

  async begin(): Promise<void> {
    await this.#rival.start();
    await this.#pod.start();
    this.#isServing = true;
  }

  let(what: Happening): Promise<void> | void {
    const { server } = this.#pod;
    switch (what.does) {
      case 'claim':
        return this.#try(server.claim(what.uid));
      case 'release':
        return this.#try(server.release(what.uid));
      case 'handOff':
        return this.#try(server.handOff([what.uid], { userTimeoutMs: 2_000 }));
      case 'forceAway':
        return this.#try(this.#rival.server.setLinkedPod('game', what.uid, 'room', 1));
      case 'drain':
        return this.#try(server.drain({ userTimeoutMs: 2_000 }));
      case 'resume':
        return this.#try(server.setRoutingState('READY'));
      case 'stop':
        return this.#try(server.stop());
      case 'start':
        return this.#try(
          server.start().then(() => {
            this.#isServing = true;
          }),
        );
      case 'fail':
        return this.#try(server.setServiceState('FAILED'));
      case 'recover':
        return this.#try(server.setServiceState('READY'));
      case 'displace':
        return this.#try(this.#displace());
      case 'rivalLeaves':
        return this.#try(this.#rival.server.setRoutingState('SHUTDOWN'));
      case 'beats':
        this.#wire.beats = what.reach;
        return;
      case 'save':
        this.#save = what.how;
        return;
      case 'fate':
        this.#wire.next(what.fate);
        return;
      case 'advance':
        return this.#fixture.clock.advance(what.ms);
    }
  }

  /** Lets everything end: the store is well, the pod stops, and what was given up is over. */
  async rest(): Promise<void> {
    this.#wire.beats = true;
    this.#wire.release();
    this.#save = 'at once';
    await this.#fixture.clock.advance(60_000);
    assert.deepEqual([...this.#open], [], 'hand-offs that never ended');
    this.#try(this.#pod.stop());
    this.#try(this.#rival.stop());
    await this.#fixture.clock.advance(60_000);
    assert.equal(this.ends, this.calls);
    assert.deepEqual(this.#problems, []);
  }

  /** A later process of the ordinal takes its entry, and goes. */
  async #displace(): Promise<void> {
    const later = this.#fixture.pod(0, { config });
    await later.start();
    await later.stop({ signal: AbortSignal.abort() });
  }

  #try(call: Promise<unknown>): void {
    call.catch((error: unknown) => {
      if (!isRouteError(error)) throw error;
    });
  }

  async #saved(signal: AbortSignal): Promise<void> {
    const how = this.#save;
    if (how === 'rejects') throw new Error('the storage is away');
    if (how === 'after its signal' || how === 'never') {
      await new Promise((resolve) => {
        signal.addEventListener('abort', resolve);
      });
      if (how === 'never') await new Promise(() => {});
    }
    if (how === 'at once') return;
    await new Promise<void>((resolve) => {
      this.#fixture.clock.setTimeout(resolve, 500);
    });
    if (how === 'rejects slowly') throw new Error('the storage is away');
  }
}

it('each call of onHandOff is followed by one handOffEnded', async () => {
  const numRuns = Number(process.env['RUNS'] ?? RUNS);
  let ends = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.array(happening, { minLength: 20, maxLength: 60, size: 'max' }),
      async (happenings) => {
        const world = new World();
        await world.begin();
        for (const what of happenings) await world.let(what);
        await world.rest();
        ends += world.ends;
      },
    ),
    { numRuns },
  );
  expect(ends).toBeGreaterThan(numRuns / 4);
}, 300_000);
