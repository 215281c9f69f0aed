export { uniqueNamespace } from '../unique-namespace.ts';
export { describeExecutors } from './describe-executors.ts';
export type {
  ExecutorsCapabilities,
  ExecutorsSubject,
  ExecutorsUnderTest,
  RawWrites,
} from '../executors-under-test.ts';
export type { Expectation, TestFramework } from '../test-framework.ts';
