import type { MemoryFaults } from '@stateful-route/adapter-memory';
import type { RawWrites } from '@stateful-route/testkit/conformance';

/** Writes of the older sides, which bypass the ports. */
export function rawWrites(faults: MemoryFaults): RawWrites {
  return {
    setIntent: async (...args) => faults.setRawIntent(...args),
    setWord: async (...args) => faults.setWordAsOtherSide(...args),
    removeLink: async (...args) => faults.removeAsOtherSide(...args),
    setClaim: async (...args) => faults.setAsOtherSide(...args),
  };
}
