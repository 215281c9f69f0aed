import type { Executors, RouteErrorCode } from '@stateful-route/core';
import { uniqueNamespace } from '../framework/unique-namespace.ts';
import type {
  ExecutorsCapabilities,
  ExecutorsSubject,
  ExecutorsUnderTest,
  RawWrites,
} from '../framework/executors-under-test.ts';
import type { Expectation, TestFramework } from '../framework/test-framework.ts';

const TEST_TIMEOUT_MS = 30_000;
/** How long the suite waits for what must come. If the test moves the time, it comes at once. */
const WAIT_MS = { manual: 1_000, real: 10_000 } as const;

/** The store of one test, with a namespace that no other test uses. */
export interface Store extends Executors {
  readonly ns: string;
  /** Resolves when the store's clock has advanced by more than `ms`. */
  readonly elapse: (ms: number) => Promise<void>;
  readonly storeTime: () => Promise<number>;
  readonly roundTrips: () => number;
  readonly restart: () => Promise<void>;
  readonly raw: RawWrites;
  /** Resolves when the condition holds; rejects if that takes too long. */
  readonly eventually: (holds: () => boolean) => Promise<void>;
}

/** The functions that each part of the suite uses. */
export interface Suite {
  readonly capabilities: ExecutorsCapabilities;
  readonly describe: (name: string, body: () => void) => void;
  readonly test: (name: string, body: (store: Store) => Promise<void>) => void;
  readonly expect: (actual: unknown, message?: string) => Expectation;
  /** Expects a `RouteError`. */
  readonly refused: (code: RouteErrorCode, call: Promise<unknown>, fields?: object) => Promise<void>;
}

/** Makes the suite's functions for a test framework and an adapter. */
export function suiteOf(framework: TestFramework, adapter: ExecutorsUnderTest): Suite {
  const { expect } = framework;
  return {
    capabilities: adapter.capabilities,
    describe: (name, body) => {
      framework.describe(name, body);
    },
    test: (name, body) => {
      const run = async (): Promise<void> => {
        const subject = await adapter.create();
        try {
          await body(storeOf(subject, adapter.capabilities));
        } finally {
          await subject.close();
        }
      };
      framework.it(name, run, TEST_TIMEOUT_MS);
    },
    expect: (actual, message) => expect(actual, message),
    refused: async (code, call, fields = {}) => {
      const outcome = await call.then(
        (value) => ({ resolvedWith: value }),
        (error: unknown) => error,
      );
      expect(outcome).toMatchObject({ name: 'RouteError', code, ...fields });
    },
  };
}

function storeOf(subject: ExecutorsSubject, { clock }: ExecutorsCapabilities): Store {
  const { executors } = subject;
  const ns = uniqueNamespace();
  const storeTime = async (): Promise<number> =>
    (await executors.stateful.getServiceState(ns, 'clock')).storeTime;
  return {
    stateful: executors.stateful,
    server: executors.server,
    feed: executors.feed,
    close: () => executors.close(),
    ns,
    storeTime,
    eventually: (holds) => eventually(async () => holds(), WAIT_MS[clock]),
    roundTrips: () => given(subject, 'roundTrips')(),
    restart: () => given(subject, 'restart')(),
    // Only tests of a declared capability call this.
    get raw() {
      return given(subject, 'raw');
    },
    elapse: async (ms) => {
      if (clock === 'manual') return given(subject, 'advance')(ms + 1);
      const start = await storeTime();
      return eventually(async () => (await storeTime()) > start + ms, ms + WAIT_MS[clock]);
    },
  };
}

/** Checks that a subject has what its capabilities need. */
function given<Part extends 'advance' | 'roundTrips' | 'restart' | 'raw'>(
  subject: ExecutorsSubject,
  part: Part,
): NonNullable<ExecutorsSubject[Part]> {
  const found = subject[part];
  if (!found) throw new Error(`The adapter's capabilities need ${part}; create() does not give it.`);
  return found;
}

async function eventually(holds: () => Promise<boolean>, withinMs: number): Promise<void> {
  const deadline = performance.now() + withinMs;
  while (!(await holds())) {
    if (performance.now() > deadline) throw new Error(`what was waited for did not happen in ${withinMs} ms`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** The results of many calls made at once. */
export function race<T>(count: number, call: (index: number) => Promise<T>): Promise<T[]> {
  return Promise.all(Array.from({ length: count }, (_, index) => call(index)));
}
