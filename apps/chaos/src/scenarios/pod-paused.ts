import type { Executors } from '@stateful-route/core';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  between,
  History,
  recordExecutors,
  type RedisServer,
  TokenStorage,
  type Trial,
  trialsOf,
  until,
} from '@stateful-route/harness';
import { shortLease } from '../lab/config.ts';
import { inLab, type Lab, SERVICE } from '../lab/lab.ts';
import { timed } from '../lab/measures.ts';
import { Serving } from '../lab/serving.ts';
import { machineTime, sideBySide } from '@stateful-route/lab/measure';
import { ChildProgram, SOURCE_FLAGS } from '@stateful-route/lab/process';
import type { FromPods, ToPods } from '../pods/messages.ts';
import { scenario } from '../scenario.ts';

/** The number of concurrent processes, and the trials in each. */
const PROCESSES = 2;
const TRIALS_EACH = 20;
const PAUSED_POD = 0;
const UID = 'ada';
const PODS_MAIN = new URL('../pods/pods-main.ts', import.meta.url);

type OfOnePod = Extract<FromPods, { readonly namespace: string }>;

/** A trial and its results. */
interface PausedTrial {
  readonly trial: Trial;
  readonly history: History;
  readonly storage: TokenStorage;
  readonly namespace: string;
  readonly leaseMs: number;
  lateWrites: number;
  lateAccepted: number;
  fencedAtOnce: boolean | undefined;
  back: boolean;
  /** The pod came back and held the user that another pod serves. */
  tookBack: boolean;
}

export const podPaused = scenario({
  name: 'pod-paused',
  rows: {
    accepted: {
      shown: 'late writes of a pod paused past its lease that the storage accepts',
      bound: 0,
      unit: 'writes',
    },
    overlaps: { shown: 'trials in which two pods served one user', bound: 0, unit: 'trials' },
    unfenced: {
      shown: 'trials in which the resumed pod does not know at once that it is fenced',
      bound: 0,
      unit: 'trials',
    },
    unwritten: { shown: 'trials without a late write', bound: 0, unit: 'trials' },
  },
  run: ({ seed, trials, check, say }) =>
    inLab(async (lab) => {
      const server = await lab.redis();
      const all = trialsOf(seed, trials);
      const groups: Trial[][] = [];
      for (let at = 0; at < all.length; at += TRIALS_EACH) groups.push(all.slice(at, at + TRIALS_EACH));
      const executors = lab.executors({ url: server.url });
      const done = (
        await sideBySide(groups, PROCESSES, (group) => runGroup(group, server, executors))
      ).flat();
      const late = done.reduce((sum, { lateWrites }) => sum + lateWrites, 0);
      say(`${trials} trials, ${late} late writes, ${groups.length} processes stopped and resumed`);
      return {
        accepted: done.reduce((sum, { lateAccepted }) => sum + lateAccepted, 0),
        overlaps: done.filter(
          ({ history, trial, tookBack }) => check(history.events, { seed: trial.seed }) > 0 || tookBack,
        ).length,
        unfenced: done.filter(({ fencedAtOnce }) => fencedAtOnce !== true).length,
        unwritten: done.filter(({ lateWrites }) => lateWrites === 0).length,
      };
    }),
});

/** Runs trials whose pods share a process, which is paused as a whole. */
function runGroup(
  group: readonly Trial[],
  server: RedisServer,
  executors: Executors,
): Promise<PausedTrial[]> {
  return inLab(async (lab) => {
    const trials = group.map((trial): PausedTrial => {
      const history = new History(machineTime);
      return {
        trial,
        history,
        storage: new TokenStorage(history),
        namespace: `pause-${trial.index}`,
        leaseMs: between(trial.random, 1_200, 2_000),
        lateWrites: 0,
        lateAccepted: 0,
        fencedAtOnce: undefined,
        back: false,
        tookBack: false,
      };
    });
    const byNamespace = new Map(trials.map((trial) => [trial.namespace, trial]));
    const pods = await startPods(lab, server.url, trials, (message) => {
      note(message, byNamespace.get(message.namespace)!);
    });
    const takers = await Promise.all(trials.map((trial) => taker(trial, lab, executors)));
    await sleep(between(group[0]!.random, 0, 1_000));
    pods.send({ type: 'pause' });
    await Promise.all(takers.map((take) => take()));
    await sleep(between(group[0]!.random, 0, 500));
    pods.signal('SIGCONT');
    await until('the pods are back', () => trials.every(({ back }) => back));
    return trials;
  });
}

/** Starts a process with a pod for each trial. Resolves when each pod holds its user. */
function startPods(
  lab: Lab,
  redis: string,
  trials: readonly PausedTrial[],
  onMessage: (message: OfOnePod) => void,
): Promise<ChildProgram<ToPods, FromPods>> {
  return new Promise((resolve, reject) => {
    const receive = (message: FromPods): void => {
      if (message.type === 'started') resolve(pods);
      else if (message.type === 'failed') reject(new Error(message.message));
      else onMessage(message);
    };
    const pods = new ChildProgram<ToPods, FromPods>(PODS_MAIN, receive, { flags: SOURCE_FLAGS });
    lab.defer(() => pods.kill());
    pods.ended.then((status) => reject(new Error(`The process of the pods ended with ${status}.`)), reject);
    pods.send({
      type: 'start',
      redis,
      pods: trials.map(({ namespace, leaseMs }) => ({ namespace, leaseMs, uid: UID })),
    });
  });
}

function note(message: OfOnePod, trial: PausedTrial): void {
  const { history, storage } = trial;
  switch (message.type) {
    case 'claimed':
      history.add({
        type: 'write',
        uid: UID,
        start: message.start,
        end: message.end,
        outcome: 'acknowledged',
        makes: { podId: PAUSED_POD, permanent: true, token: message.token },
        incarnation: 'first',
        by: PAUSED_POD,
      });
      break;
    case 'write': {
      const accepted = storage.write(UID, PAUSED_POD, message.token);
      if (!message.late) break;
      trial.lateWrites += 1;
      if (accepted) trial.lateAccepted += 1;
      break;
    }
    case 'resumed':
      trial.fencedAtOnce = message.fenced;
      break;
    case 'back':
      trial.back = true;
      trial.tookBack = message.held;
      break;
  }
}

/** A second pod and a caller. The result takes over the user as soon as possible. */
async function taker(trial: PausedTrial, lab: Lab, shared: Executors): Promise<() => Promise<void>> {
  const { history, storage, namespace, leaseMs } = trial;
  const options = { executors: recordExecutors(shared, history), namespace, config: shortLease(leaseMs) };
  const pod = await lab.pod(1, options);
  const caller = await lab.caller(options);
  const serving = new Serving(pod, 1, storage);
  lab.defer(() => serving.stop());
  return async () => {
    await until(
      'the user is taken over',
      async () => (await timed(() => caller.service(SERVICE).locate(UID))).value?.podId === 1,
      { everyMs: 20 },
    );
    await serving.accept(UID);
  };
}
