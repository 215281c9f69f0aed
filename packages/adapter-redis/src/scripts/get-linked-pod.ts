import { optional, podId } from '../stored/replies.ts';
import { defineItemScript, type ItemScript } from './script.ts';

export const getLinkedPod: ItemScript<'link', never, number | undefined> = defineItemScript({
  name: 'get-linked-pod',
  keys: ['link'],
  args: [],
  writes: false,
  atOnce: true,
  alone: 'get',
  decode: optional(podId),
});
