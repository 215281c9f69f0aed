import type { Scenario } from '../scenario.ts';
import { clusterFailover } from './cluster-failover.ts';
import { clusterMigration } from './cluster-migration.ts';
import { garbage } from './garbage.ts';
import { memoryFull } from './memory-full.ts';
import { neverAnswers } from './never-answers.ts';
import { readonlyMoved } from './readonly-moved.ts';
import { replyLost } from './reply-lost.ts';
import { scriptFlush } from './script-flush.ts';
import { sentinelFailover } from './sentinel-failover.ts';
import { serverKilled } from './server-killed.ts';
import { serverStopped } from './server-stopped.ts';
import { storeEmptied } from './store-emptied.ts';
import { subscriberSilent } from './subscriber-silent.ts';

/** The whole table, in its order. */
export const scenarios: readonly Scenario[] = [
  serverStopped,
  serverKilled,
  replyLost,
  neverAnswers,
  scriptFlush,
  memoryFull,
  garbage,
  readonlyMoved,
  sentinelFailover,
  clusterFailover,
  clusterMigration,
  subscriberSilent,
  storeEmptied,
];
