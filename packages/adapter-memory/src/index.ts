export { createMemoryExecutors, type MemoryExecutorsOptions } from './create-memory-executors.ts';
