import type { WorkloadState } from '@stateful-route/core';
import { workloadFrom } from '../workload-info.ts';
import { integer, list, optional, text } from './replies.ts';
import { defineReadManyScript, type ReadManyScript } from './script.ts';

export const getWorkloadStates: ReadManyScript<'word' | 'info', never, WorkloadState | undefined> =
  defineReadManyScript({
    name: 'get-workload-states',
    keys: ['word', 'info'],
    args: [],
    decode(reply) {
      const [storeTime, word, details] = list(reply);
      const stored = optional(text)(word);
      // Details whose word is gone describe nothing: whoever removed the word removed the workload.
      if (stored === undefined) return undefined;
      return workloadFrom(integer(storeTime), stored, optional(text)(details));
    },
  });
