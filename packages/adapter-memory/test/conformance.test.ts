import { ManualClock } from '@stateful-route/core/testing';
import { describeExecutors } from '@stateful-route/testkit/conformance';
import { describe, expect, it } from 'vitest';
import { createMemoryExecutors } from '@stateful-route/adapter-memory';
import { rawWrites } from './raw-writes.ts';

describeExecutors(
  { describe, it, expect },
  {
    name: 'memory',
    capabilities: { clock: 'manual', restarts: true, rawWrites: true },
    create: () => {
      const clock = new ManualClock();
      const executors = createMemoryExecutors({ clock });
      const { faults } = executors;
      return {
        executors,
        advance: (ms) => clock.advance(ms),
        restart: async () => faults.restart(),
        raw: rawWrites(faults),
        close: () => executors.close(),
      };
    },
  },
);
