import { optional, podId } from './replies.ts';
import { defineReadManyScript, type ReadManyScript } from './script.ts';

export const getLinkedPods: ReadManyScript<'link', never, number | undefined> = defineReadManyScript({
  name: 'get-linked-pods',
  keys: ['link'],
  args: [],
  decode: optional(podId),
});
