import { describe } from 'vitest';
import { brokenExecutors } from '../src/scenarios/broken-executors.ts';
import { kicked } from '../src/scenarios/kicked.ts';
import { lateBeat } from '../src/scenarios/late-beat.ts';
import { removalLost } from '../src/scenarios/removal-lost.ts';
import { replyLost } from '../src/scenarios/reply-lost.ts';
import { itShows } from './quick.ts';

describe('faults of calls', () => {
  itShows([replyLost, lateBeat, removalLost, kicked, brokenExecutors]);
});
