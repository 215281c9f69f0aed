import { describe } from 'vitest';
import { drainTemporary } from '../src/scenarios/drain-temporary.ts';
import { everything } from '../src/scenarios/everything.ts';
import { podPartitioned } from '../src/scenarios/pod-partitioned.ts';
import { podPaused } from '../src/scenarios/pod-paused.ts';
import { randomLives } from '../src/scenarios/random-lives.ts';
import { rollingUpdate } from '../src/scenarios/rolling-update.ts';
import { storeHangsAtStop } from '../src/scenarios/store-hangs-at-stop.ts';
import { itShows } from './quick.ts';

describe('faults of pods', () => {
  itShows([
    drainTemporary,
    podPartitioned,
    podPaused,
    rollingUpdate,
    storeHangsAtStop,
    randomLives,
    everything,
  ]);
});
