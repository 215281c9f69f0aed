export { describeModel, type ModelOptions } from './describe-model.ts';
export type { ExecutorsSubject, RawWrites } from '../framework/executors-under-test.ts';
export type { Expectation, TestFramework } from '../framework/test-framework.ts';
