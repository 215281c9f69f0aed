export {
  faulty,
  type FaultOptions,
  type Faults,
  type FaultyExecutors,
  type FaultyMethod,
  type Hold,
  type RandomFaults,
} from './faulty.ts';
