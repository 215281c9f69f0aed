import type { TrySetResult } from '@stateful-route/core';
import { defineScript, type Script } from './script.ts';
import { trySetResult } from './try-set-linked-pod.ts';

export const assertLinkedPod: Script<
  'link' | 'links' | 'token',
  'serviceName' | 'podId' | 'incarnation' | 'token',
  TrySetResult
> = defineScript({
  name: 'assert-linked-pod',
  keys: ['link', 'links', 'token'],
  args: ['serviceName', 'podId', 'incarnation', 'token'],
  writes: true,
  decode: trySetResult,
});
