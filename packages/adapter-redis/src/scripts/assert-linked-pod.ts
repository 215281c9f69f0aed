import type { TrySetResult } from '@stateful-route/core';
import { defineItemScript, type ItemScript } from './script.ts';
import { trySetResult } from './try-set-linked-pod.ts';

export const assertLinkedPod: ItemScript<
  'link' | 'token' | 'links',
  'serviceName' | 'podId' | 'incarnation' | 'token',
  TrySetResult
> = defineItemScript({
  name: 'assert-linked-pod',
  keys: ['link', 'token', 'links'],
  args: ['serviceName', 'podId', 'incarnation', 'token'],
  writes: true,
  decode: trySetResult,
});
