import { claimedFirst, claimedWherePlaced, type TrySetOutcome, trySetOutcome } from '../stored/replies.ts';
import { defineScript, type Script } from './script.ts';

export const trySetLinkedPod: Script<
  'link' | 'token' | 'links',
  | 'serviceName'
  | 'podId'
  | 'persistSeconds'
  | 'incarnation'
  | 'leaseMs'
  | 'minToken'
  | 'assertToken'
  | 'condition'
  | 'despitePin',
  TrySetOutcome
> = defineScript({
  name: 'try-set-linked-pod',
  keys: ['link', 'token', 'links'],
  args: [
    'serviceName',
    'podId',
    'persistSeconds',
    'incarnation',
    'leaseMs',
    'minToken',
    'assertToken',
    'condition',
    'despitePin',
  ],
  writes: true,
  decode: trySetOutcome,
  usual: [claimedFirst, claimedWherePlaced],
});
