import type { WorkloadState } from '@stateful-route/core/adapter';
import { workloadFrom } from '../stored/workload-info.ts';
import { integer, list, optional, text } from '../stored/replies.ts';
import { defineItemScript, type ItemScript } from './script.ts';

export const getWorkloadState: ItemScript<'word' | 'info', never, WorkloadState | undefined> =
  defineItemScript({
    name: 'get-workload-state',
    keys: ['word', 'info'],
    args: [],
    writes: false,
    decode(reply) {
      const [storeTime, word, details] = list(reply);
      const stored = optional(text)(word);
      // Details whose word is gone describe nothing: whoever removed the word removed the workload.
      if (stored === undefined) return undefined;
      return workloadFrom(integer(storeTime), stored, optional(text)(details));
    },
  });
