/** What waits for each signal; one listener on the signal serves all of it. */
const waiting = new WeakMap<AbortSignal, Set<() => void>>();

/**
 * Calls `callback` once when the signal fires; at once where it has fired. Returns the function that takes it back.
 *
 * However many wait for one signal, it gets one listener: 50 calls that share a signal are no leak that Node should warn
 * of.
 */
export function onAbort(signal: AbortSignal, callback: () => void): () => void {
  if (signal.aborted) {
    callback();
    return () => {};
  }
  const known = waiting.get(signal);
  const callbacks = known ?? new Set();
  callbacks.add(callback);
  if (!known) {
    waiting.set(signal, callbacks);
    signal.addEventListener(
      'abort',
      () => {
        waiting.delete(signal);
        for (const each of callbacks) each();
      },
      { once: true },
    );
  }
  return () => {
    callbacks.delete(callback);
  };
}
