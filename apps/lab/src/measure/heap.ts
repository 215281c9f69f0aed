import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

let { gc } = globalThis;

/** Frees the garbage of earlier measurements. */
export function collectGarbage(): void {
  if (!gc) {
    setFlagsFromString('--expose-gc');
    gc = runInNewContext('gc') as NodeJS.GCFunction;
  }
  gc();
}

/** The bytes of everything that is reachable, typed arrays included. */
export function heapBytes(): number {
  // The second collection frees what the first one only marks as unreachable.
  collectGarbage();
  collectGarbage();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}
