export { describeModel, type ModelOptions } from './describe-model.ts';
export type { ExecutorsSubject, RawWrites } from '../executors-under-test.ts';
export type { Expectation, TestFramework } from '../test-framework.ts';
