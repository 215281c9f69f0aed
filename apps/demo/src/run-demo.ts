import type { ServedConsole } from './console/serve-console.ts';
import type { DemoOptions } from './cli/options.ts';
import { type EveningOut, REBALANCE, untilEven } from './fleet/evening-out.ts';
import type { Fleet, FleetOptions } from './fleet/fleet.ts';
import { Incidents } from './fleet/incidents.ts';
import { replay } from './fleet/replay.ts';
import { MalformedLines } from './report/malformed-lines.ts';
import { type Result, resultOf } from './report/result.ts';
import { ServingJournal } from './report/serving-journal.ts';
import { Tally } from './report/tally.ts';
import { Transcript } from './report/transcript.ts';
import { arrivalsInTurn, liveArrivals } from './traffic/live.ts';
import { openLog } from './traffic/open-log.ts';
import { crowdArrivals, inventedUsers, storyArrivals } from './traffic/story.ts';

/** Options of a run. */
export interface RunParts {
  readonly print: (line: string) => void;
  readonly warn: (line: string) => void;
  readonly signal: AbortSignal;
  readonly startFleet: (options: FleetOptions) => Promise<Fleet>;
  /** Serves the console over a fleet. */
  readonly serve?: (fleet: Fleet, port: number) => Promise<ServedConsole>;
}

/** How many users send requests while the fleet stays up. */
const LIVE_USERS = 300;

/** Runs the demo: users send requests while one pod is drained and another one dies. */
export async function runDemo(options: DemoOptions, parts: RunParts): Promise<Result> {
  const { pods, gateways, strategy, seed, serve, scaleOut } = options;
  const stay = options.stay || serve;
  const begun = performance.now();
  const log = options.log === undefined ? undefined : await openLog(options.log);
  let transcript: Transcript | undefined;
  const journal = new ServingJournal({
    placed: (interval) => transcript?.placed(interval),
    moved: (move) => transcript?.moved(move),
  });
  const tally = new Tally(pods + (scaleOut ?? 0));
  const malformed = new MalformedLines(parts.warn);
  let fleet: Fleet | undefined;
  let served: ServedConsole | undefined;
  try {
    const rebalance = scaleOut === undefined ? undefined : REBALANCE;
    fleet = await parts.startFleet({ pods, gateways, strategy, seed, journal, rebalance, isLive: serve });
    transcript = new Transcript(parts.print, fleet.timeLabel);
    transcript.say(
      `${pods} pods and ${gateways} gateways ${fleet.description}; strategy ${strategy}, seed ${seed}`,
    );
    if (rebalance) transcript.say(`budget: ${rebalance.additions * 100} % of the users may move a minute`);
    const incidents = new Incidents(options, fleet, journal, transcript);
    if (serve && parts.serve) {
      served = await parts.serve(fleet, options.port);
      parts.print(`the console: ${served.url}`);
    }
    if (stay) fleet.guide.forEach(parts.print);
    fleet.trips.begin();
    const traffic = { fleet, incidents, tally, seed };
    let evenedOut: EveningOut | undefined;
    if (stay) {
      // The signal ends the arrivals, and with them the run.
      const arrivals = liveArrivals(inventedUsers(LIVE_USERS), seed, parts.signal);
      await replay({ ...traffic, arrivals, failedInARowMax: Number.POSITIVE_INFINITY });
    } else {
      const arrivals = log
        ? log.arrivals((line, problem) => malformed.note(line, problem))
        : scaleOut === undefined
          ? storyArrivals(seed)
          : crowdArrivals();
      await replay({ ...traffic, arrivals, signal: parts.signal });
      await incidents.added;
      if (scaleOut !== undefined) {
        // The users go on while the fleet evens out: a user who was moved is served by the next pod when the user comes.
        const over = new AbortController();
        const end = (): void => over.abort();
        const arrivals = arrivalsInTurn(tally.uids, over.signal);
        [evenedOut] = await Promise.all([
          untilEven(journal, { pods, added: scaleOut }, over.signal).finally(end),
          replay({ ...traffic, arrivals, signal: parts.signal }).finally(end),
        ]);
      }
    }
    fleet.trips.end();
    malformed.end();
    tally.malformed = malformed.count;
    const seconds = (performance.now() - begun) / 1_000;
    const result = resultOf(tally, journal, fleet.trips, { seconds, seed, scaleOut: evenedOut });
    transcript.end(result);
    return result;
  } finally {
    await served?.close();
    await fleet?.close();
    await log?.close();
  }
}
