/** The callbacks of each signal; one listener on the signal calls them all. */
const waiting = new WeakMap<AbortSignal, Set<() => void>>();

/**
 * Calls `callback` once when the signal fires, or at once if it has fired. Returns a function that unregisters it.
 *
 * A signal gets one listener, however many callbacks there are: Node would take 50 calls that share a signal for a leak, and
 * warn.
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
