import { type Signal, useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { useEffect } from 'preact/hooks';
import { read } from '../api/client.ts';
import { Banner } from './badge.tsx';

/** A document of the API, as it is read again and again. */
export interface Loaded<T> {
  /** The last one that was read. */
  readonly value: Signal<T | undefined>;
  /** Why the last reading failed; `undefined` if it did not. */
  readonly failure: Signal<string | undefined>;
}

/** Reads a document, again whenever `path` or `again` changes. The one before stays until the next is there. */
export function useLoaded<T>(path: string | undefined, again: unknown): Loaded<T> {
  const value = useSignal<T | undefined>(undefined);
  const failure = useSignal<string | undefined>(undefined);
  const reading = useSignal<AbortController | undefined>(undefined);
  const isStale = useSignal(false);

  const load = async (at: string, control: AbortController): Promise<void> => {
    try {
      do {
        isStale.value = false;
        const document = await read<T>(at, control.signal);
        value.value = document;
        failure.value = undefined;
      } while (isStale.peek() && !control.signal.aborted);
    } catch (error) {
      if (!control.signal.aborted) failure.value = (error as Error).message;
    } finally {
      if (reading.peek() === control) reading.value = undefined;
    }
  };

  useEffect(
    () => () => {
      reading.peek()?.abort();
      reading.value = undefined;
    },
    [path],
  );
  useEffect(() => {
    if (path === undefined) return;
    if (reading.peek()) {
      isStale.value = true;
      return;
    }
    const control = new AbortController();
    reading.value = control;
    void load(path, control);
  }, [path, again]);
  return { value, failure };
}

/** Says that something could not be read. */
export function Failure({ of }: { readonly of: Signal<string | undefined> }): JSX.Element | null {
  return of.value === undefined ? null : (
    <div role="alert">
      <Banner tone="bad" icon="warning">
        <p class="wrap">{of.value}</p>
      </Banner>
    </div>
  );
}
