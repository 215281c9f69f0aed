import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { it } from 'vitest';
import { fates } from './order-wire.ts';
import { type Happening, OrderWorld, PODS, saves, uids } from './order-world.ts';

const RUNS = 30;

const uid = fc.constantFrom(...uids);
const podId = fc.integer({ min: 0, max: PODS - 1 });
/** The last one is no pod. */
const to = fc.option(fc.integer({ min: 0, max: PODS }), { nil: undefined });
const ms = fc.oneof(
  fc.integer({ min: 0, max: 100 }),
  fc.integer({ min: 0, max: 6_000 }),
  fc.integer({ min: 0, max: 20_000 }),
);
const terms = fc.oneof(
  { weight: 2, arbitrary: fc.record({ uid }) },
  { weight: 1, arbitrary: fc.record({ users: fc.integer({ min: 1, max: 4 }) }) },
);
const order = fc.record({
  does: fc.constant('order'),
  terms,
  podId: fc.oneof(fc.constant(undefined), podId),
  to,
  ms,
});
const change = fc.constantFrom(
  'drain',
  'resume',
  'refuse',
  'intent',
  'uncordon',
  'stop',
  'start',
  'start',
  'restart',
  'kill',
);
const fate = fc.record({
  does: fc.constant('fate'),
  of: fc.constantFrom('any', 'ofOrders'),
  fates: fc.array(fc.constantFrom(...fates), { minLength: 1, maxLength: 4 }),
  podId,
});
const happening: fc.Arbitrary<Happening> = fc.oneof(
  { weight: 8, arbitrary: fc.record({ does: fc.constant('claim'), uid, podId }) },
  { weight: 1, arbitrary: fc.record({ does: fc.constant('release'), uid, podId }) },
  { weight: 2, arbitrary: fc.record({ does: fc.constant('handOff'), uid, podId, to }) },
  { weight: 12, arbitrary: order },
  { weight: 6, arbitrary: fc.record({ does: change, podId }) },
  { weight: 5, arbitrary: fc.record({ does: fc.constant('save'), how: fc.constantFrom(...saves), podId }) },
  { weight: 5, arbitrary: fate },
  { weight: 8, arbitrary: fc.record({ does: fc.constant('advance'), ms }) },
);

it('whatever happens, an order ends once and its end is true, and no user is lost', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(happening, { maxLength: 50, size: 'max' }),
      fc.constantFrom('wait', 'relink'),
      fc.constantFrom(undefined, undefined, 0.3, 2),
      async (happenings, deadOwner, ratePerSecond) => {
        const world = new OrderWorld(deadOwner, ratePerSecond);
        await world.begin();
        for (const what of happenings) {
          await world.let(what);
          world.checkHeld();
          assert.deepEqual(world.problems, []);
        }
        await world.rest();
        assert.deepEqual(world.problems, []);
      },
    ),
    { numRuns: RUNS },
  );
}, 300_000);
