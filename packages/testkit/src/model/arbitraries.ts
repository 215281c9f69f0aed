import * as fc from 'fast-check';

/** The arguments of a small world, so that calls meet each other. */
export const uids: readonly string[] = ['ada', '__proto__'];
export const services: readonly string[] = ['room', 'constructor'];
export const podIds: readonly number[] = [0, 1, 2];

export const uid: fc.Arbitrary<string> = mostly(uids);
export const service: fc.Arbitrary<string> = mostly(services);
export const podId: fc.Arbitrary<number> = mostly(podIds);
/** Incarnations in every order, one of them without a start, and one with a raised one. */
export const incarnation: fc.Arbitrary<string> = mostly(['2.a.0', '2.a.1', '1.b.0', '2.c.0', '3.b.0', 'd']);

/** A token or a time, by its distance from the last one. */
export const near: fc.Arbitrary<number | undefined> = maybe(fc.constantFrom(0, 0, -1, 5_000_000));

/** The first one more often than the others. */
export function mostly<T>([first, ...others]: readonly T[]): fc.Arbitrary<T> {
  return fc.oneof(
    { arbitrary: fc.constant(first!), weight: 3 },
    ...others.map((other) => fc.constant(other)),
  );
}

/** The value, or just as often none. */
export function maybe<T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> {
  return fc.option(value, { nil: undefined, freq: 2 });
}
