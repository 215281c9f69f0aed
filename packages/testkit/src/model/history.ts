import * as fc from 'fast-check';
import type { ExecutorsSubject } from '../framework/executors-under-test.ts';
import type { TestFramework } from '../framework/test-framework.ts';
import { fleetOperations } from './fleet-operations.ts';
import { journalOperations } from './journal-operations.ts';
import { linkOperations } from './link-operations.ts';
import { ModelClock } from './model-clock.ts';
import { mostly, podIds, services, uids } from './arbitraries.ts';
import { type Operation, operation } from './operation.ts';
import { podOperations } from './pod-operations.ts';
import { rawOperations } from './raw-operations.ts';
import { rosterOperations } from './roster-operations.ts';
import { tagOperations } from './tag-operations.ts';
import { World } from './world.ts';

const DAY_MS = 86_400_000;
const MAX_STEPS = 20;
const MAX_TOGETHER = 6;

/** One step of a history, as a failure prints it. */
export interface Step {
  readonly call: string;
  readonly args: unknown;
}

type Operations = Readonly<Record<string, Operation>>;

/** The operations of a history. If time passes by itself, times to live are longer than any run. */
export function operationsOf({ advance, raw }: ExecutorsSubject): Operations {
  const links = linkOperations(advance ? [1, 3, 60] : [1_000, 2_000, 3_000]);
  return {
    ...links,
    together: together(links),
    ...podOperations(advance ? [1_000, 60_000] : [1_000_000_000]),
    ...journalOperations(advance !== undefined),
    ...fleetOperations(advance ? [1_000, 3_000] : [1_000_000_000]),
    ...rosterOperations,
    ...tagOperations,
    ...(raw && rawOperations(raw)),
    ...(advance && {
      advance: operation(
        5,
        { ms: mostly([1_001, 1_001, 500, 999, 1_000, 3_001, 60_000, 7 * DAY_MS]) },
        async (world, { ms }) => {
          await advance(ms);
          return () => world.clock.advance(ms);
        },
      ),
    }),
  };
}

/** Several of these operations in one tick without awaiting each. The result must be as if they came one after the other. */
function together(operations: Operations): Operation {
  const args = fc.array(stepOf(operations), { minLength: 2, maxLength: MAX_TOGETHER, size: 'max' });
  return {
    weight: 10,
    args,
    step: async (world, steps: readonly Step[]) => {
      const compares = await Promise.all(
        steps.map((step) => operations[step.call]!.step(world, step.args as never)),
      );
      return () => {
        for (const compare of compares) compare();
      };
    },
  };
}

/* What a history may be all about, so that the same entries are met again and again. */
const pods = [
  'setServiceState',
  'markServiceState',
  'getServiceState',
  'removeServiceState',
  'reportDead',
  'setPodIntent',
  'getPodIntents',
  'rawSetWord',
  'advance',
];
const orders = [
  'giveOrder',
  'takeOrder',
  'orderDone',
  'setServiceState',
  'readJournal',
  'removeServiceState',
  'advance',
];
const pinned = [
  'setPin',
  'endQuarantine',
  'setLinkedPodIfAbsent',
  'trySetLinkedPod',
  'replaceLinkedPod',
  'removeLinkedPod',
  'readLink',
  'advance',
];
const fleet = [
  'quarantineUser',
  'unquarantineUser',
  'setFrozen',
  'announceCaller',
  'getServiceState',
  'setServiceState',
  'advance',
];
const rosters = ['enterRoster', 'leaveRoster', 'readRoster'];

/** Random histories, half of them of all operations, the others of some. */
export function histories(operations: Operations): fc.Arbitrary<Step[]> {
  const of = (some: Operations): fc.Arbitrary<Step[]> =>
    fc.array(stepOf(some), { minLength: 1, maxLength: MAX_STEPS, size: 'max' });
  const about = (names: readonly string[]): Operations =>
    Object.fromEntries(Object.entries(operations).filter(([name]) => names.includes(name)));
  return fc.oneof(
    { weight: 4, arbitrary: of(operations) },
    { weight: 3, arbitrary: of(about(pods)) },
    { weight: 1, arbitrary: of(about(orders)) },
    { weight: 1, arbitrary: of(about(fleet)) },
    { weight: 1, arbitrary: of(about(pinned)) },
    { weight: 1, arbitrary: of(about(rosters)) },
  );
}

function stepOf(operations: Operations): fc.Arbitrary<Step> {
  const steps = Object.entries(operations).map(([call, { weight, args }]) => ({
    weight,
    arbitrary: fc.record({ call: fc.constant(call), args }),
  }));
  return fc.oneof(...steps);
}

/** Runs a history on an adapter and the model, and compares every reply, and at the end all data. */
export async function runHistory(
  history: readonly Step[],
  operations: Operations,
  { executors, advance }: ExecutorsSubject,
  ns: string,
  expect: TestFramework['expect'],
): Promise<void> {
  const { storeTime, epoch } = await executors.stateful.getServiceState(ns, services[0]!);
  const clock = new ModelClock(storeTime, advance !== undefined);
  const world = new World(ns, executors, clock, epoch, expect);
  const run = async ({ call, args }: Step): Promise<void> => {
    const compare = await operations[call]!.step(world, args as never);
    compare();
  };
  for (const step of history) await run(step);
  for (const service of services) {
    for (const uid of uids) await run({ call: 'readLink', args: { uid, service } });
    await run({ call: 'readBatch', args: { users: uids, service } });
    await run({ call: 'getServiceState', args: { service } });
    await run({ call: 'readJournal', args: { service, limit: 1_000 } });
    for (const podId of podIds) await run({ call: 'readRoster', args: { service, podId } });
  }
  await run({ call: 'readWorkloads', args: { names: services } });
  await run({ call: 'listServices', args: {} });
}
