import { DOWN_AFTER_MS, outcomeLines, writeThrough } from '../lab/write-through.ts';
import { scenario } from '../scenario.ts';

const GAP_MS = DOWN_AFTER_MS + 3_000;
const BY_HAND_MS = 4_000;

export const sentinelFailover = scenario({
  name: 'sentinel-failover',
  rows: {
    killed: { shown: 'gap of the writes when the master is killed', bound: GAP_MS, unit: 'ms' },
    stopped: { shown: 'gap of the writes when the master is stopped', bound: GAP_MS, unit: 'ms' },
    manual: {
      shown: 'gap of the writes when it is replaced manually, after CLIENT PAUSE … WRITE',
      bound: BY_HAND_MS,
      unit: 'ms',
    },
    lost: { shown: 'acknowledged links lost by that replacement', bound: 0, unit: 'links' },
    pair: {
      shown: 'gap of the writes when the master of a pair is killed',
      bound: GAP_MS,
      unit: 'ms',
    },
  },
  run: async ({ say }) => {
    const killed = await writeThrough({}, (_, master) => master.kill());
    const stopped = await writeThrough({}, (_, master) => master.pause());
    const manual = await writeThrough({}, (topology) => topology.failover());
    const pair = await writeThrough({ replicas: 1 }, (_, master) => master.kill());
    for (const line of outcomeLines({ killed, stopped, manual, pair })) say(line);
    return {
      killed: killed.gapMs,
      stopped: stopped.gapMs,
      manual: manual.gapMs,
      lost: manual.lost,
      pair: pair.gapMs,
    };
  },
});
