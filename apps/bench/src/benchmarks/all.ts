import type { Benchmark } from '../benchmark.ts';
import { batches } from './batches.ts';
import { cacheMemory } from './cache-memory.ts';
import { claims } from './claims.ts';
import { clusterConcurrency, concurrency } from './concurrency.ts';
import { consoleBenchmark } from './console.ts';
import { firstClaims } from './first-claims.ts';
import { fleet } from './fleet.ts';
import { gateway } from './gateway.ts';
import { growth } from './growth/growth.ts';
import { linkCacheCandidates } from './link-caches.ts';
import { lookUps } from './look-ups.ts';
import { memoryAnswers } from './memory-answers.ts';
import { millionLinks } from './million-links.ts';
import { onACluster } from './on-a-cluster.ts';
import { picks } from './picks.ts';
import { placements } from './placements.ts';
import { realTraffic } from './real-traffic.ts';
import { rivals } from './rivals.ts';
import { roundTrips } from './round-trips.ts';
import { stateReads } from './state-reads.ts';
import { telemetry } from './telemetry.ts';
import { strategies } from './strategies.ts';

/** Everything that is measured, in the order of the page. */
export const benchmarks: readonly Benchmark[] = [
  memoryAnswers,
  lookUps,
  placements,
  firstClaims,
  concurrency,
  onACluster,
  clusterConcurrency,
  batches,
  stateReads,
  roundTrips,
  picks,
  strategies,
  fleet,
  growth,
  millionLinks,
  claims,
  cacheMemory,
  telemetry,
  gateway,
  consoleBenchmark,
  realTraffic,
  linkCacheCandidates,
  rivals,
];
