/** The callbacks that wait for each signal. One listener on the signal serves them all. */
const callbacksOf = new WeakMap<AbortSignal, Set<() => void>>();

/**
 * Calls `callback` once when the signal aborts, or at once if it has aborted. Returns the function that removes the callback.
 *
 * Each signal gets one listener however many callbacks wait for it, so Node does not warn of a leak when 50 calls share a
 * signal.
 */
export function onAbort(signal: AbortSignal, callback: () => void): () => void {
  if (signal.aborted) {
    callback();
    return () => {};
  }
  const known = callbacksOf.get(signal);
  const callbacks = known ?? new Set();
  callbacks.add(callback);
  if (!known) {
    callbacksOf.set(signal, callbacks);
    signal.addEventListener(
      'abort',
      () => {
        callbacksOf.delete(signal);
        for (const each of callbacks) each();
      },
      { once: true },
    );
  }
  return () => {
    callbacks.delete(callback);
  };
}
