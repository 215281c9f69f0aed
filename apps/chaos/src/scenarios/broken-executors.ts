import { type Clock, type Executors, PERSIST_FOREVER, systemClock } from '@stateful-route/core';
import {
  callersClock,
  callersClockTokens,
  checkHistory,
  History,
  type HistoryEvent,
  type InvariantName,
  noDeadline,
  noFence,
  plainSet,
  recordExecutors,
  type Trial,
  trialsOf,
} from '@stateful-route/harness';
import { inLab, type Lab, SERVICE } from '../lab/lab.ts';
import { timed } from '../lab/measures.ts';
import { partitionTrial } from '../lab/partition.ts';
import { scenario } from '../scenario.ts';

const HOUR_MS = 3_600_000;
const NS = 'game';

/** Runs executors that are broken on purpose, and returns the history. */
type Broken = (lab: Lab, trial: Trial) => Promise<readonly HistoryEvent[]>;

const overwritesClaims: Broken = async (lab) => {
  const server = await lab.redis();
  const history = new History();
  const { stateful } = recordExecutors(plainSet(lab.executors({ url: server.url })), history);
  for (const podId of [0, 1]) {
    const { linked, token } = await stateful.trySetLinkedPod(NS, 'ada', SERVICE, podId, PERSIST_FOREVER);
    if (linked) history.serve({ uid: 'ada', podId, token, accepted: true });
  }
  return history.events;
};

const neverFences: Broken = async (lab, trial) => {
  const server = await lab.redis();
  return (await partitionTrial(trial, server, { podExecutors: noFence })).history.events;
};

const hasNoDeadline: Broken = async (lab) => {
  const server = await lab.redis();
  const proxy = await lab.proxy(server);
  const history = new History();
  const broken = recordExecutors(noDeadline(lab.executors({ url: proxy.url }), 100), history);
  const direct = recordExecutors(lab.executors({ url: server.url }), history);
  await broken.stateful.getServiceState(NS, SERVICE);
  proxy.hold();
  await timed(() => broken.stateful.setLinkedPod(NS, 'ada', SERVICE, 1, 60));
  await direct.stateful.getLink(NS, 'ada', SERVICE);
  proxy.pass();
  // On the same connection, so after the held command.
  await timed(() => broken.stateful.getServiceState(NS, SERVICE, { timeoutMs: 5_000 }));
  await direct.stateful.getLink(NS, 'ada', SERVICE);
  return history.events;
};

const stepped: Pick<Clock, 'now'> = { now: () => systemClock.now() + HOUR_MS };

const comparesWithItsOwnClock: Broken = async (lab, trial) => {
  const server = await lab.redis();
  const callerExecutors = (executors: Executors): Executors => callersClock(executors, stepped);
  // By that clock one pod is dead, and the other one, whose lease is longer than the step, is alive.
  const options = { callerExecutors, otherLeaseMs: 3 * HOUR_MS, withoutFault: true };
  return (await partitionTrial(trial, server, options)).history.events;
};

const makesTokensByItsOwnClock: Broken = async (lab) => {
  const server = await lab.redis();
  const history = new History();
  let steppedMs = 0;
  const clock = { now: (): number => systemClock.now() + steppedMs };
  const { stateful } = recordExecutors(
    callersClockTokens(lab.executors({ url: server.url }), clock),
    history,
  );
  await stateful.trySetLinkedPod(NS, 'ada', SERVICE, 0, PERSIST_FOREVER, { incarnation: 'one' });
  await stateful.removeLinkedPod(NS, 'ada', SERVICE);
  steppedMs = -HOUR_MS;
  await stateful.trySetLinkedPod(NS, 'ada', SERVICE, 1, PERSIST_FOREVER, { incarnation: 'two' });
  return history.events;
};

/** Each with the invariants that the checker must find broken. */
const broken: Readonly<Record<string, readonly [Broken, readonly InvariantName[]]>> = {
  'plain-set': [overwritesClaims, ['links-kept']],
  'no-fence': [neverFences, ['fenced-first', 'one-server']],
  'no-deadline': [hasNoDeadline, ['deadlines-kept']],
  'callers-clock': [comparesWithItsOwnClock, ['fenced-first']],
  'callers-clock-tokens': [makesTokensByItsOwnClock, ['tokens-grow']],
};

const what: Readonly<Record<keyof typeof broken, string>> = {
  'plain-set': 'a plain SET instead of compare-and-set',
  'no-fence': 'a pod that never fences itself',
  'no-deadline': 'writes without a deadline',
  'callers-clock': "leases compared with the caller's clock",
  'callers-clock-tokens': "tokens made of the pod's clock",
};

export const brokenExecutors = scenario({
  name: 'broken-executors',
  rows: Object.fromEntries(
    Object.entries(broken).map(([name, [, invariants]]) => [
      name,
      {
        shown: `${what[name]}: the checker finds ${invariants.join(' and ')} broken`,
        bound: 0,
        unit: 'unseen',
      },
    ]),
  ),
  run: async ({ seed, say }) => {
    const [trial] = trialsOf(seed, 1);
    const unseen: Record<string, number> = {};
    for (const [name, [run, invariants]] of Object.entries(broken)) {
      const events = await inLab((lab) => run(lab, trial!));
      const seen = new Set(
        checkHistory(events, { everyServeCounts: true }).map(({ invariant }) => invariant),
      );
      say(`${name}: ${[...seen].join(', ') || 'nothing'} seen`);
      unseen[name] = invariants.filter((invariant) => !seen.has(invariant)).length;
    }
    return unseen;
  },
});
