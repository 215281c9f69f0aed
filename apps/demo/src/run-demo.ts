import type { DemoOptions } from './cli/options.ts';
import type { Fleet, FleetOptions } from './fleet/fleet.ts';
import { Incidents } from './fleet/incidents.ts';
import { replay } from './fleet/replay.ts';
import { MalformedLines } from './report/malformed-lines.ts';
import { type Result, resultOf } from './report/result.ts';
import { ServingJournal } from './report/serving-journal.ts';
import { Tally } from './report/tally.ts';
import { Transcript } from './report/transcript.ts';
import { liveArrivals } from './traffic/live.ts';
import { openLog } from './traffic/open-log.ts';
import { storyArrivals } from './traffic/story.ts';

/** Options of a run. */
export interface RunParts {
  readonly print: (line: string) => void;
  readonly warn: (line: string) => void;
  readonly signal: AbortSignal;
  readonly startFleet: (options: FleetOptions) => Promise<Fleet>;
}

/** Runs the demo: users send requests while one pod is drained and another one dies. */
export async function runDemo(options: DemoOptions, parts: RunParts): Promise<Result> {
  const { pods, gateways, strategy, seed, stay } = options;
  const begun = performance.now();
  const log = options.log === undefined ? undefined : await openLog(options.log);
  let transcript: Transcript | undefined;
  const journal = new ServingJournal({
    placed: (interval) => transcript?.placed(interval),
    moved: (move) => transcript?.moved(move),
  });
  const tally = new Tally(pods);
  const malformed = new MalformedLines(parts.warn);
  let fleet: Fleet | undefined;
  try {
    fleet = await parts.startFleet({ pods, gateways, strategy, seed, journal });
    transcript = new Transcript(parts.print, fleet.timeLabel);
    transcript.say(
      `${pods} pods and ${gateways} gateways ${fleet.description}; strategy ${strategy}, seed ${seed}`,
    );
    const incidents = new Incidents(options, fleet, journal, transcript);
    if (stay) fleet.guide.forEach(parts.print);
    fleet.trips.begin();
    const traffic = { fleet, incidents, tally, seed };
    if (stay) {
      // The signal ends the arrivals, and with them the run.
      const arrivals = liveArrivals(seed, parts.signal);
      await replay({ ...traffic, arrivals, failedInARowMax: Number.POSITIVE_INFINITY });
    } else {
      const arrivals = log
        ? log.arrivals((line, problem) => malformed.note(line, problem))
        : storyArrivals(seed);
      await replay({ ...traffic, arrivals, signal: parts.signal });
    }
    fleet.trips.end();
    malformed.end();
    tally.malformed = malformed.count;
    const seconds = (performance.now() - begun) / 1_000;
    const result = resultOf(tally, journal, fleet.trips, { seconds, seed });
    transcript.end(result);
    return result;
  } finally {
    await fleet?.close();
    await log?.close();
  }
}
