import type { Scenario } from '../scenario.ts';
import { brokenExecutors } from './broken-executors.ts';
import { busyScript } from './busy-script.ts';
import { clusterFailover } from './cluster-failover.ts';
import { clusterMigration } from './cluster-migration.ts';
import { delayedTakeOver } from './delayed-take-over.ts';
import { drainTemporary } from './drain-temporary.ts';
import { duplicateOrdinal } from './duplicate-ordinal.ts';
import { emptyAfterFence } from './empty-after-fence.ts';
import { everything } from './everything.ts';
import { garbage } from './garbage.ts';
import { kicked } from './kicked.ts';
import { lateBeat } from './late-beat.ts';
import { massSilence } from './mass-silence.ts';
import { memoryFull } from './memory-full.ts';
import { neverAnswers } from './never-answers.ts';
import { podPartitioned } from './pod-partitioned.ts';
import { podPaused } from './pod-paused.ts';
import { proofOfDeath } from './proof-of-death.ts';
import { randomLives } from './random-lives.ts';
import { readonlyMoved } from './readonly-moved.ts';
import { removalLost } from './removal-lost.ts';
import { replyLost } from './reply-lost.ts';
import { rollingUpdate } from './rolling-update.ts';
import { scriptFlush } from './script-flush.ts';
import { sentinelFailover } from './sentinel-failover.ts';
import { sentinelGuarded } from './sentinel-guarded.ts';
import { serverKilled } from './server-killed.ts';
import { serverLoading } from './server-loading.ts';
import { serverStopped } from './server-stopped.ts';
import { stallingPods } from './stalling-pods.ts';
import { stateEmptied } from './state-emptied.ts';
import { storeEmptied } from './store-emptied.ts';
import { storeHangsAtStop } from './store-hangs-at-stop.ts';
import { subscriberSilent } from './subscriber-silent.ts';
import { wallClockStepped } from './wall-clock-stepped.ts';

/** All scenarios, in the order of the table. */
export const scenarios: readonly Scenario[] = [
  serverStopped,
  serverKilled,
  serverLoading,
  replyLost,
  neverAnswers,
  scriptFlush,
  memoryFull,
  garbage,
  readonlyMoved,
  sentinelFailover,
  sentinelGuarded,
  clusterFailover,
  clusterMigration,
  subscriberSilent,
  storeEmptied,
  emptyAfterFence,
  massSilence,
  stallingPods,
  podPaused,
  podPartitioned,
  proofOfDeath,
  wallClockStepped,
  stateEmptied,
  delayedTakeOver,
  duplicateOrdinal,
  lateBeat,
  drainTemporary,
  removalLost,
  kicked,
  rollingUpdate,
  storeHangsAtStop,
  busyScript,
  everything,
  randomLives,
  brokenExecutors,
];
