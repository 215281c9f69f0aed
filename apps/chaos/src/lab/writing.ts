import { setTimeout as sleep } from 'node:timers/promises';
import { greatest, type Ended, timed } from './measures.ts';

/** The result of writers. */
export interface Written {
  /** The longest time without a successful write, in ms. */
  readonly gapMs: number;
  /** The acknowledged names. */
  readonly acknowledged: readonly string[];
  readonly errors: readonly unknown[];
}

/** Writers that continue after errors until they are stopped. */
export interface Writing {
  /** Whether a write that began after this time has succeeded. */
  succeededSince(moment: number): boolean;
  stop(): Promise<Written>;
}

const PAUSE_MS = 4;

/** Starts writers. Each writes one name after the other. */
export function startWriting(write: (name: string) => Promise<unknown>, writers = 4): Writing {
  const calls: (Ended<unknown> & { readonly name: string })[] = [];
  const end = new AbortController();
  const work = async (writer: number): Promise<void> => {
    for (let turn = 0; !end.signal.aborted; turn++) {
      const name = `user-${writer}-${turn}`;
      calls.push({ name, ...(await timed(() => write(name))) });
      await sleep(PAUSE_MS);
    }
  };
  const all = Promise.all(Array.from({ length: writers }, (_, writer) => work(writer)));
  return {
    succeededSince: (moment) => calls.some((call) => call.error === undefined && call.startedAt > moment),
    stop: async () => {
      end.abort();
      await all;
      const good = calls.filter(({ error }) => error === undefined).toSorted((a, b) => a.endedAt - b.endedAt);
      const gaps = good.slice(1).map(({ endedAt }, at) => endedAt - good[at]!.endedAt);
      return {
        gapMs: good.length < 2 ? Number.POSITIVE_INFINITY : greatest(gaps),
        acknowledged: good.map(({ name }) => name),
        errors: calls.flatMap(({ error }) => (error === undefined ? [] : [error])),
      };
    },
  };
}
