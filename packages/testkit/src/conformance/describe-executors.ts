import { describeArguments } from './arguments.ts';
import { describeBatches } from './batches.ts';
import { describeCalls } from './calls.ts';
import { describeCallsTogether } from './calls-together.ts';
import type { ExecutorsUnderTest } from '../framework/executors-under-test.ts';
import { describeEpochs } from './epochs.ts';
import { describeFeed } from './feed.ts';
import { describeFeedLoads } from './feed-loads.ts';
import { describePodFeed } from './feed-pod.ts';
import { describeFleets } from './fleets.ts';
import { describeJournals } from './journals.ts';
import { describeAssertedTokens } from './links-asserted.ts';
import { describeClaims } from './links-claims.ts';
import { describeConditions } from './links-conditions.ts';
import { describeDisplacedClaims } from './links-displaced.ts';
import { describeEndedRecords } from './links-ended.ts';
import { describeOwners } from './links-owners.ts';
import { describePins } from './links-pins.ts';
import { describePoison } from './links-poison.ts';
import { describeReasons } from './links-reasons.ts';
import { describeRemoval } from './links-removal.ts';
import { describeReplacement } from './links-replaced.ts';
import { describeTemporaryLinks } from './links-temporary.ts';
import { describeTokens } from './links-tokens.ts';
import { describeOrders } from './orders.ts';
import { describePodDeaths } from './pod-deaths.ts';
import { describeFencing } from './pod-fencing.ts';
import { describePodRemoval } from './pod-removal.ts';
import { describePodReplacement } from './pod-replacement.ts';
import { describeWords } from './pod-words.ts';
import { describePodStates } from './pod-states.ts';
import { describeRawWrites } from './raw-writes.ts';
import { describeRestored } from './restored.ts';
import { describeRosters } from './rosters.ts';
import { describeRoundTrips } from './round-trips.ts';
import { describeSince } from './since.ts';
import { suiteOf } from './suite.ts';
import { describeTagsAndServices } from './tags-and-services.ts';
import type { TestFramework } from '../framework/test-framework.ts';
import { describeWorkloads } from './workloads.ts';

/**
 * The contract of the executor ports as tests. Every adapter must pass all of them.
 *
 * @example
 * describeExecutors({ describe, it, expect }, {
 *   name: 'memory',
 *   capabilities: { clock: 'manual' },
 *   create: () => {
 *     const clock = new ManualClock();
 *     const executors = createMemoryExecutors({ clock });
 *     return { executors, advance: (ms) => clock.advance(ms), close: () => executors.close() };
 *   },
 * });
 */
export function describeExecutors(framework: TestFramework, adapter: ExecutorsUnderTest): void {
  const suite = suiteOf(framework, adapter);
  framework.describe(`executors: ${adapter.name}`, () => {
    describeTemporaryLinks(suite);
    describeClaims(suite);
    describeTokens(suite);
    describeAssertedTokens(suite);
    describeDisplacedClaims(suite);
    describeConditions(suite);
    describeEndedRecords(suite);
    describeReplacement(suite);
    describeRemoval(suite);
    describeOwners(suite);
    describeReasons(suite);
    describePins(suite);
    describePoison(suite);
    describeBatches(suite);
    describePodStates(suite);
    describeFencing(suite);
    describePodReplacement(suite);
    describeSince(suite);
    describeRestored(suite);
    describePodRemoval(suite);
    describePodDeaths(suite);
    describeWorkloads(suite);
    describeFeed(suite);
    describeFeedLoads(suite);
    describePodFeed(suite);
    describeRosters(suite);
    describeTagsAndServices(suite);
    describeFleets(suite);
    describeOrders(suite);
    describeJournals(suite);
    describeArguments(suite);
    describeCalls(suite);
    describeCallsTogether(suite);
    describeEpochs(suite);
    if (adapter.capabilities.rawWrites) {
      describeRawWrites(suite);
      describeWords(suite);
    }
    if (adapter.capabilities.roundTrips) describeRoundTrips(suite);
  });
}
