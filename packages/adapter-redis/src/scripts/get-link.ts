import type { Link } from '@stateful-route/core';
import { linkFrom } from './link-reply.ts';
import { list } from './replies.ts';
import { defineReadManyScript, type ReadManyScript } from './script.ts';

export const getLinks: ReadManyScript<'link' | 'token', 'serviceName', Link | undefined> =
  defineReadManyScript({
    name: 'get-links',
    keys: ['link', 'token'],
    args: ['serviceName'],
    decode(reply) {
      const [pod, ttlMs, token, incarnation] = list(reply);
      return pod === null ? undefined : linkFrom(pod, ttlMs, token, incarnation);
    },
  });
