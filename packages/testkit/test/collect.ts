import type { TestFramework } from '@stateful-route/testkit/conformance';
import { expect } from 'vitest';

interface Collected {
  readonly name: string;
  readonly body: () => Promise<void>;
}

/** Runs a suite up to the first test that fails; returns the test's name and error. */
export async function firstFailure(suite: (framework: TestFramework) => void): Promise<string | undefined> {
  const path: string[] = [];
  const tests: Collected[] = [];
  suite({
    expect,
    describe: (name, body) => {
      path.push(name);
      body();
      path.pop();
    },
    it: (name, body) => {
      tests.push({ name: [...path.slice(1), name].join(' › '), body });
    },
  });
  for (const { name, body } of tests) {
    try {
      await body();
    } catch (error) {
      return `${name}: ${String(error)}`;
    }
  }
  return undefined;
}
