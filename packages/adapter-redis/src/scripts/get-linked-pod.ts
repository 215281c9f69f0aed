import { optional, podId } from '../stored/replies.ts';
import { defineScript, type Script } from './script.ts';

export const getLinkedPod: Script<'link', never, number | undefined> = defineScript({
  name: 'get-linked-pod',
  keys: ['link'],
  args: [],
  writes: false,
  readsAll: true,
  alone: 'get',
  decode: optional(podId),
});
