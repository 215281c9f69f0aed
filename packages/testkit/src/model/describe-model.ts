import * as fc from 'fast-check';
import type { ExecutorsSubject } from '../framework/executors-under-test.ts';
import type { TestFramework } from '../framework/test-framework.ts';
import { uniqueNamespace } from '../framework/unique-namespace.ts';
import { histories, operationsOf, runHistory } from './history.ts';

const TIMEOUT_MS = 300_000;

/** The adapter under test, and how many histories. */
export interface ModelOptions {
  readonly name: string;
  /** Called once; each history has its own namespace. With `advance` the histories move the store's time too. */
  create(): ExecutorsSubject | Promise<ExecutorsSubject>;
  /** How many histories. Default 1,000. */
  readonly runs?: number | undefined;
  /** Repeats the histories of a failed run, which printed its seed. Default: a new one each time. */
  readonly seed?: number | undefined;
}

/**
 * Runs the same random calls on an adapter and a simple model of the contract, and compares every reply. A failure is shrunk to
 * a short history that shows it, and printed with its seed.
 *
 * @example
 * describeModel({ describe, it, expect }, { name: 'memory', create });
 */
export function describeModel(framework: TestFramework, options: ModelOptions): void {
  const { name, runs = 1_000, seed } = options;
  const check = async (): Promise<void> => {
    const subject = await options.create();
    try {
      const operations = operationsOf(subject);
      const property = fc.asyncProperty(histories(operations), (history) =>
        runHistory(history, operations, subject, uniqueNamespace(), framework.expect),
      );
      await fc.assert(property, { numRuns: runs, ...(seed !== undefined && { seed }) });
    } finally {
      await subject.close();
    }
  };
  framework.describe(`model: ${name}`, () => {
    framework.it(`answers ${runs} random histories as the model does`, check, TIMEOUT_MS);
  });
}
