export {
  createMemoryExecutors,
  type MemoryExecutors,
  type MemoryExecutorsOptions,
} from './create-memory-executors.ts';
export type { MemoryFaults, MemoryLoss } from './memory-faults.ts';
