import { createMemoryExecutors } from '@stateful-route/adapter-memory';
import { ManualClock } from '@stateful-route/core/testing';
import { describeModel } from '@stateful-route/testkit/model';
import { describe, expect, it } from 'vitest';
import { rawWrites } from './raw-writes.ts';

describeModel(
  { describe, it, expect },
  {
    name: 'memory',
    create: () => {
      const clock = new ManualClock();
      const executors = createMemoryExecutors({ clock });
      const raw = rawWrites(executors.faults);
      return { executors, raw, advance: (ms) => clock.advance(ms), close: () => executors.close() };
    },
  },
);

describeModel(
  { describe, it, expect },
  {
    name: 'memory on the machine’s clock',
    create: () => {
      const executors = createMemoryExecutors();
      return { executors, raw: rawWrites(executors.faults), close: () => executors.close() };
    },
  },
);
