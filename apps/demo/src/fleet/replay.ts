import { seededRandom } from '@stateful-route/core/testing';
import { DemoError } from '../cli/demo-error.ts';
import type { Tally } from '../report/tally.ts';
import type { Arrival } from '../traffic/arrival.ts';
import type { Fleet } from './fleet.ts';
import { InFlight } from './in-flight.ts';
import type { Incidents } from './incidents.ts';

/** How many requests are under way at a time. */
const IN_FLIGHT_MAX = 64;
/** A directory that has been gone for so many requests will not come back in time for the others. */
const FAILED_IN_A_ROW_MAX = 200;

/** What is replayed, and on what. */
export interface ReplayParts {
  readonly arrivals: AsyncIterable<Arrival>;
  readonly fleet: Fleet;
  readonly incidents: Incidents;
  readonly tally: Tally;
  /** Chooses the gateway that a request reaches. */
  readonly seed: number;
  readonly signal: AbortSignal;
}

/** Lets the requests reach the gateways, any of them, and waits until each has come to its end. */
export async function replay({
  arrivals,
  fleet,
  incidents,
  tally,
  seed,
  signal,
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
    if (tally.failedInARow >= FAILED_IN_A_ROW_MAX) throw givingUp(tally);
    const gateway = fleet.gateways[Math.floor(random() * fleet.gateways.length)]!;
    tally.arrived(uid);
    inFlight.add(gateway.request(uid).then((outcome) => tally.ended(uid, outcome)));
  }
  await untilFewerThan(1);
  signal.removeEventListener('abort', abort);
}

function givingUp({ failedInARow, lastError }: Tally): DemoError {
  const reason = lastError instanceof Error ? lastError.message : String(lastError);
  return new DemoError(`${failedInARow} requests in a row were not served, the last one because: ${reason}`);
}
