import { describe } from 'vitest';
import { drainTemporary } from '../src/scenarios/drain-temporary.ts';
import { everything } from '../src/scenarios/everything.ts';
import { podPartitioned } from '../src/scenarios/pod-partitioned.ts';
import { podPaused } from '../src/scenarios/pod-paused.ts';
import { itShows } from './quick.ts';

describe('what becomes of pods', () => {
  itShows([drainTemporary, podPartitioned, podPaused, everything]);
});
