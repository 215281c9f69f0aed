export { uniqueNamespace } from '../framework/unique-namespace.ts';
export { describeExecutors } from './describe-executors.ts';
export type {
  ExecutorsCapabilities,
  ExecutorsSubject,
  ExecutorsUnderTest,
  RawWrites,
} from '../framework/executors-under-test.ts';
export type { Expectation, TestFramework } from '../framework/test-framework.ts';
