import { ManualClock } from '@stateful-route/core';
import { describeExecutors } from '@stateful-route/testkit/conformance';
import { describe, expect, it } from 'vitest';
import { createMemoryExecutors } from '@stateful-route/adapter-memory';

describeExecutors(
  { describe, it, expect },
  {
    name: 'memory',
    capabilities: { clock: 'manual' },
    create: () => {
      const clock = new ManualClock();
      const executors = createMemoryExecutors({ clock });
      return { executors, advance: (ms) => clock.advance(ms), close: () => executors.close() };
    },
  },
);
