import { seededRandom } from '@stateful-route/core/testing';
import { DemoError } from '../cli/demo-error.ts';
import type { Tally } from '../report/tally.ts';
import type { Arrival } from '../traffic/arrival.ts';
import type { Fleet } from './fleet.ts';
import { InFlight } from './in-flight.ts';
import type { Incidents } from './incidents.ts';

/** How many requests are pending at a time. */
const IN_FLIGHT_MAX = 64;
const FAILED_IN_A_ROW_MAX = 200;

/** Options of a replay. */
export interface ReplayParts {
  readonly arrivals: AsyncIterable<Arrival>;
  readonly fleet: Fleet;
  readonly incidents: Incidents;
  readonly tally: Tally;
  /** The seed of the choice of a gateway. */
  readonly seed: number;
  /** Ends the replay with an error. */
  readonly signal?: AbortSignal | undefined;
  /** After so many failed requests in a row it ends with an error. Default: a number that means that the store is down. */
  readonly failedInARowMax?: number | undefined;
}

/** Sends each request to a random gateway, and waits for all of them. */
export async function replay({
  arrivals,
  fleet,
  incidents,
  tally,
  seed,
  signal = new AbortController().signal,
  failedInARowMax = FAILED_IN_A_ROW_MAX,
}: ReplayParts): Promise<void> {
  const random = seededRandom(seed);
  const inFlight = new InFlight();
  const abort = (): void => inFlight.wake();
  signal.addEventListener('abort', abort);
  const untilFewerThan = async (limit: number): Promise<void> => {
    while (inFlight.size >= limit && !signal.aborted) await fleet.pass(inFlight.change());
    signal.throwIfAborted();
    inFlight.throwIfFailed();
  };

  for await (const { uid, time, progress } of arrivals) {
    await fleet.arrive(time);
    await incidents.upTo(progress);
    await untilFewerThan(IN_FLIGHT_MAX);
    if (tally.failedInARow >= failedInARowMax) throw givingUp(tally);
    const gateway = fleet.gateways[Math.floor(random() * fleet.gateways.length)]!;
    tally.arrived(uid);
    inFlight.add(gateway.request(uid).then((outcome) => tally.ended(uid, outcome)));
  }
  await untilFewerThan(1);
  signal.removeEventListener('abort', abort);
}

function givingUp({ failedInARow, lastError }: Tally): DemoError {
  const reason = lastError instanceof Error ? lastError.message : String(lastError);
  return new DemoError(`${failedInARow} requests in a row failed, the last one because: ${reason}`);
}
