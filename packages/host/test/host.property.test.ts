import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { HostWorld } from './host-world.ts';
import type { How } from './host-world-parts.ts';

/** `RUNS=4000` and more, before a change of the host lands. */
const RUNS = Number(process.env['RUNS'] ?? 100);

const uid = fc.constantFrom('ada', 'bob', 'cleo');
const pod = fc.integer({ min: 0, max: 1 });
const how = fc.constantFrom<How>(
  'at once',
  'at once',
  'slowly',
  'fails',
  'fails slowly',
  'hangs',
  'after its signal',
);
const at = fc.nat(5);
const wire = fc.constantFrom('ok', 'ok', 'fails', 'loses replies');
const ms = fc.oneof(
  fc.integer({ min: 0, max: 50 }),
  fc.integer({ min: 0, max: 1_000 }),
  fc.integer({ min: 0, max: 9_000 }),
);

const happening: fc.Arbitrary<(world: HostWorld) => void | Promise<void>> = fc.oneof(
  act(
    20,
    'use',
    fc.tuple(pod, uid, how),
    ([podId, of, ends]) =>
      (world) =>
        world.use(podId, of, ends),
  ),
  act(
    3,
    'useWithin',
    fc.tuple(pod, uid, how, ms),
    ([podId, of, ends, limit]) =>
      (world) =>
        world.use(podId, of, ends, undefined, limit + 1),
  ),
  act(
    2,
    'cycle',
    fc.tuple(pod, uid, uid),
    ([podId, of, other]) =>
      (world) =>
        world.use(podId, of, 'at once', { pod: podId, uid: other }),
  ),
  act(
    8,
    'enter',
    fc.tuple(pod, uid),
    ([podId, of]) =>
      (world) =>
        world.enter(podId, of),
  ),
  act(
    4,
    'useStay',
    fc.tuple(at, how),
    ([stay, ends]) =>
      (world) =>
        world.useStay(stay, ends),
  ),
  act(2, 'changed', at, (stay) => (world) => world.changed(stay)),
  act(4, 'leave', at, (stay) => (world) => world.leave(stay)),
  act(
    3,
    'end',
    fc.tuple(pod, uid),
    ([podId, of]) =>
      (world) =>
        world.end(podId, of),
  ),
  act(
    6,
    'handOff',
    fc.tuple(pod, uid),
    ([podId, of]) =>
      (world) =>
        world.handOff(podId, of),
  ),
  act(2, 'drain', pod, (podId) => (world) => world.drain(podId)),
  act(3, 'resume', pod, (podId) => (world) => world.resume(podId)),
  act(1, 'fail', pod, (podId) => (world) => world.fail(podId)),
  act(3, 'recover', pod, (podId) => (world) => world.recover(podId)),
  act(1, 'stop', pod, (podId) => (world) => world.stop(podId)),
  act(3, 'start', pod, (podId) => (world) => world.start(podId)),
  act(
    4,
    'wire',
    fc.tuple(pod, wire),
    ([podId, to]) =>
      (world) =>
        world.wire(podId, to),
  ),
  act(
    1,
    'lose',
    fc.tuple(uid, pod),
    ([of, podId]) =>
      (world) =>
        world.lose(of, podId),
  ),
  act(1, 'remove', uid, (of) => (world) => world.remove(of)),
  act(1, 'bump', uid, (of) => (world) => world.storage.bump(of)),
  act(3, 'open', how, (ends) => (world) => void (world.open = ends)),
  act(4, 'save', how, (ends) => (world) => void (world.save = ends)),
  act(2, 'close', how, (ends) => (world) => void (world.close = ends)),
  act(2, 'saveChanges', fc.boolean(), (changes) => (world) => void (world.saveChanges = changes)),
  act(2, 'release', fc.constant(undefined), () => (world) => world.release()),
  act(16, 'advance', ms, (passed) => (world) => world.clock.advance(passed)),
);

const options = fc.record({
  saveAfter: fc.constantFrom('interval', 'use'),
  saveWhenFenced: fc.boolean(),
  saveConcurrency: fc.constantFrom(1, 16),
  openConcurrency: fc.constantFrom(1, 64),
  moveWaitMax: fc.constantFrom(1, 1_000),
});

it(
  'keeps its promises, whatever happens to users, pods and the application',
  { timeout: 3_600_000 },
  async () => {
    const counts: Record<string, number> = {};
    let runs = 0;
    await fc.assert(
      fc.asyncProperty(
        options,
        fc.constantFrom(undefined, undefined, 2),
        fc.array(happening, { minLength: 20, maxLength: 60 }),
        async (given, maxUsers, script) => {
          const world = await HostWorld.start(given, 2, maxUsers);
          try {
            for (const happens of script) {
              await happens(world);
              await world.clock.advance(0);
            }
            await world.rest();
            expect(world.problems).toEqual([]);
          } finally {
            await world.stopAll();
          }
          for (const [what, count] of Object.entries(world.counts))
            counts[what] = (counts[what] ?? 0) + count;
          runs += 1;
          if (process.env['RUNS'] && runs % 100 === 0) process.stderr.write(`${runs} runs\n`);
        },
      ),
      {
        numRuns: RUNS,
        endOnFailure: !process.env['SHRINK'],
        ...(process.env['SEED'] && { seed: Number(process.env['SEED']), path: process.env['SEED_PATH'] }),
      },
    );
    if (process.env['RUNS']) console.log(counts);
  },
);

/** One kind of happening, which a failure's report shows by its name. */
function act<T>(
  weight: number,
  name: string,
  given: fc.Arbitrary<T>,
  does: (given: T) => (world: HostWorld) => void | Promise<void>,
): { weight: number; arbitrary: fc.Arbitrary<(world: HostWorld) => void | Promise<void>> } {
  const arbitrary = given.map((value) =>
    Object.assign(does(value), { toString: () => `${name}(${JSON.stringify(value)})` }),
  );
  return { weight, arbitrary };
}
