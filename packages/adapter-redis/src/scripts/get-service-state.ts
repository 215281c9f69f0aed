import type { ServiceStateRead, StatefulServiceState } from '@stateful-route/core';
import { podFromInfo, podFromWord } from '../pod-info.ts';
import { integer, isPodId, list, optional, pairs, podId } from './replies.ts';
import { defineScript, type Script } from './script.ts';

export const getServiceState: Script<'words' | 'info', never, ServiceStateRead> = defineScript({
  name: 'get-service-state',
  keys: ['words', 'info'],
  args: [],
  writes: false,
  tellsTime: true,
  decode(reply) {
    const [storeTime, since, infos, words] = list(reply);
    const pods: StatefulServiceState[] = [];
    for (const [field, info] of pairs(infos)) pods.push(podFromInfo(podId(field), info));
    for (const [field, word] of pairs(words)) {
      // The hash is shared: what is no podId is somebody else's, as it is for the older sides.
      if (isPodId(field)) pods.push(podFromWord(podId(field), word));
    }
    pods.sort((a, b) => a.podId - b.podId);
    return {
      storeTime: integer(storeTime),
      since: optional(integer)(since),
      pods: new Map(pods.map((pod) => [pod.podId, pod])),
    };
  },
});
