/** The matchers that the suite uses; those of Vitest and Jest fit. */
export interface Expectation {
  toBe(expected: unknown): void;
  toEqual(expected: unknown): void;
  toMatchObject(expected: object): void;
  toBeGreaterThan(expected: number): void;
  toBeGreaterThanOrEqual(expected: number): void;
  toBeLessThan(expected: number): void;
  toBeLessThanOrEqual(expected: number): void;
}

/** What the suite needs of a test framework; Vitest's and Jest's `describe`, `it` and `expect` fit. */
export interface TestFramework {
  readonly describe: (name: string, body: () => void) => unknown;
  readonly it: (name: string, body: () => Promise<void>, timeoutMs: number) => unknown;
  readonly expect: (actual: unknown, message?: string) => Expectation;
}
