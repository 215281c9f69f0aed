import type { Pin } from '@stateful-route/core';
import { list, pinFrom } from '../stored/replies.ts';
import { defineScript, type Script } from './script.ts';

export const setPin: Script<'link' | 'token' | 'links', 'serviceName' | 'podId' | 'by', Pin | undefined> =
  defineScript({
    name: 'set-pin',
    keys: ['link', 'token', 'links'],
    args: ['serviceName', 'podId', 'by'],
    writes: true,
    decode(reply) {
      const [podId, at, by] = list(reply);
      return pinFrom(podId, at, by);
    },
  });
