import { createMemoryExecutors } from '@stateful-route/adapter-memory';
import { ManualClock } from '@stateful-route/core';
import { describeModel } from '@stateful-route/testkit/model';
import { describe, expect, it } from 'vitest';

describeModel(
  { describe, it, expect },
  {
    name: 'memory',
    create: () => {
      const clock = new ManualClock();
      const executors = createMemoryExecutors({ clock });
      return { executors, advance: (ms) => clock.advance(ms), close: () => executors.close() };
    },
  },
);

describeModel(
  { describe, it, expect },
  {
    name: 'memory on the machine’s clock',
    create: () => {
      const executors = createMemoryExecutors();
      return { executors, close: () => executors.close() };
    },
  },
);
