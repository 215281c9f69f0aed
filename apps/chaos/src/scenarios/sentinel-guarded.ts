import { DOWN_AFTER_MS, outcomeLines, writeThrough } from '../lab/write-through.ts';
import { scenario } from '../scenario.ts';

const GAP_MS = DOWN_AFTER_MS + 3_000;
const BY_HAND_MS = 4_000;
/**
 * With min-replicas-to-write 2 a new master waits for its predecessor. The Sentinels poll roles every 10 s before they make it
 * a replica, and the master waits 5 s for more replicas before it sends its data. No bound says how much is lost: a master
 * acknowledges before its replicas have the write.
 */
const ALL_MS = 20_000;

const needing = (replicas: number): { readonly args: Readonly<Record<string, string>> } => ({
  args: { 'min-replicas-to-write': String(replicas), 'min-replicas-max-lag': '2' },
});

/** Three nodes whose master accepts writes only with enough replicas. */
export const sentinelGuarded = scenario({
  name: 'sentinel-guarded',
  rows: {
    killed: {
      shown: 'gap of the writes when the master of three is killed, min-replicas-to-write 1',
      bound: GAP_MS,
      unit: 'ms',
    },
    manual: {
      shown: 'gap of the writes when it is replaced manually, after CLIENT PAUSE … WRITE',
      bound: BY_HAND_MS,
      unit: 'ms',
    },
    lost: { shown: 'acknowledged links lost by that replacement', bound: 0, unit: 'links' },
    all: {
      shown: 'gap of the writes when it is replaced without a pause, min-replicas-to-write 2',
      bound: ALL_MS,
      unit: 'ms',
    },
  },
  run: async ({ say }) => {
    const killed = await writeThrough(needing(1), (_, master) => master.kill());
    const manual = await writeThrough(needing(1), (topology) => topology.failover());
    const all = await writeThrough(needing(2), (topology) => topology.failover({ pausing: false }));
    for (const line of outcomeLines({ killed, manual, all })) say(line);
    return {
      killed: killed.gapMs,
      manual: manual.gapMs,
      lost: manual.lost,
      all: all.gapMs,
    };
  },
});
