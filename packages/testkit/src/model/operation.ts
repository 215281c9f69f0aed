import * as fc from 'fast-check';
import type { World } from './world.ts';

/** Makes the adapter's calls on the model, and compares the replies. */
export type Compare = () => void;

/** One call of a port with random arguments: made on the adapter and on the model, and compared. */
export interface Operation {
  /** How often it is drawn, relative to the others. */
  readonly weight: number;
  readonly args: fc.Arbitrary<unknown>;
  /** Makes all its calls on the adapter before it first waits. The comparisons it resolves with run in the order of the calls. */
  readonly step: (world: World, args: never) => Promise<Compare>;
}

/** An operation whose step is typed by the shape of its arguments. */
export function operation<Args extends object>(
  weight: number,
  shape: { readonly [Name in keyof Args]: fc.Arbitrary<Args[Name]> },
  step: (world: World, args: Args) => Promise<Compare>,
): Operation {
  return { weight, args: fc.record(shape), step };
}
