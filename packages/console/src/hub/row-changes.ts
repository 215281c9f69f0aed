import type { PodRow, ServiceChange } from '../api/types.ts';

/** What differs between the pods of two readings. */
export type RowChanges = Pick<ServiceChange, 'changed' | 'beats' | 'removed'>;

/** Remembers the pods of a reading, and tells what differs in the next one. */
export class RowMemory {
  #rows: ReadonlyMap<number, Remembered> = new Map();

  /** The pods of the last reading, by ordinal. */
  get rows(): readonly PodRow[] {
    return [...this.#rows.values()].map(({ row }) => row);
  }

  update(rows: readonly PodRow[]): RowChanges {
    const before = this.#rows;
    const now = new Map<number, Remembered>();
    const changed: PodRow[] = [];
    const beats: [number, number][] = [];
    for (const row of rows) {
      const { podId, updateTime } = row;
      const text = JSON.stringify({ ...row, updateTime: undefined });
      const known = before.get(podId);
      now.set(podId, { row, text });
      if (known?.text !== text) changed.push(row);
      else if (updateTime !== undefined && updateTime !== known.row.updateTime) {
        beats.push([podId, updateTime]);
      }
    }
    this.#rows = now;
    return { changed, beats, removed: [...before.keys()].filter((podId) => !now.has(podId)) };
  }
}

interface Remembered {
  readonly row: PodRow;
  /** All of the row but the time of its heartbeat. */
  readonly text: string;
}
