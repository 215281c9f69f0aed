import type { PodStatus } from '@stateful-route/core/adapter';
import type { PodRow } from '../../../src/api/types.ts';
import type { IconName } from '../parts/icon.tsx';

/** How much a thing asks to be looked at. */
export type Tone = 'good' | 'warn' | 'bad' | 'idle' | 'accent';

/** A status for the eye: never by colour alone. */
export interface StatusLook {
  readonly word: string;
  readonly tone: Tone;
  readonly icon: IconName;
  readonly meaning: string;
}

/** How each status of a pod looks. */
export const statusLooks: Readonly<Record<PodStatus, StatusLook>> = {
  routable: { word: 'takes users', tone: 'good', icon: 'check', meaning: 'takes new users' },
  draining: {
    word: 'draining',
    tone: 'accent',
    icon: 'out',
    meaning: 'refuses new users and serves its own',
  },
  suspect: {
    word: 'suspect',
    tone: 'warn',
    icon: 'warning',
    meaning: 'missed heartbeats, and gets no new users',
  },
  'not ready': { word: 'not ready', tone: 'warn', icon: 'pause', meaning: 'serves nobody' },
  dead: { word: 'dead', tone: 'bad', icon: 'cross', meaning: 'its lease is over: its users are taken over' },
  ended: { word: 'ended', tone: 'idle', icon: 'stop', meaning: 'said that it ends' },
  'word only': {
    word: 'word only',
    tone: 'idle',
    icon: 'question',
    meaning: 'a pod of the older sides, without heartbeats',
  },
};

/** The order in which statuses are listed: what is normal first. */
export const statusOrder = Object.keys(statusLooks) as PodStatus[];

/** A pod that refuses new users by a wish to keep its own is cordoned rather than draining. */
export function lookOf({ status, intent }: Pick<PodRow, 'status' | 'intent'>): StatusLook {
  return status === 'draining' && intent === 'cordon'
    ? { word: 'cordoned', tone: 'accent', icon: 'pause', meaning: 'refuses new users and keeps its own' }
    : statusLooks[status];
}

/** A pod's name. */
export const podName = (service: string, podId: number): string => `${service}-${podId}`;
