import type { WorkloadState } from '@stateful-route/core/adapter';
import { workloadFrom } from '../stored/workload-info.ts';
import { list, optional, text } from '../stored/replies.ts';
import { defineScript, type Script } from './script.ts';

export const getWorkloadState: Script<'word' | 'info', never, WorkloadState | undefined> = defineScript({
  name: 'get-workload-state',
  keys: ['word', 'info'],
  args: [],
  writes: false,
  decode(reply, storeTime) {
    const [word, details] = list(reply);
    const stored = optional(text)(word);
    // Without its word the workload was removed, by an older side that knows no details.
    if (stored === undefined) return undefined;
    return workloadFrom(storeTime, stored, optional(text)(details));
  },
});
