import { signal } from '@preact/signals';
import { counted } from '@stateful-route/core/adapter';
import type { ActionResult } from '../../../src/api/types.ts';
import { act } from '../api/client.ts';
import { podName } from '../words/pod-words.ts';

/** Something that an operator can do from the page, once he has said yes to it. */
export interface Action {
  readonly title: string;
  /** What will happen. */
  readonly effect: string;
  /** The button that does it. */
  readonly verb: string;
  /** Whether users may lose what their pod has not saved, or may harm pods. */
  readonly isHard?: boolean;
  /** What it asks for besides a yes. */
  readonly asks?: 'rate' | 'pod';
  /** Of what asks for a pod: one that makes no sense. */
  readonly notPod?: number | undefined;
  /** The path of the API below the service. */
  readonly path: string;
  readonly body: (given: Given) => object;
  /** The same as words of `routectl`. */
  readonly command: (given: Given) => readonly string[];
}

/** What a dialog was given besides a yes. */
export interface Given {
  /** Users a second. Absent: as the pod is configured. */
  readonly ratePerSecond?: number | undefined;
  readonly to?: number | undefined;
}

/** The action that waits for a yes. */
export const asked = signal<Action | undefined>(undefined);

/** Does an action. */
export const carryOut = (service: string, { path, body }: Action, given: Given): Promise<ActionResult> =>
  act(`services/${encodeURIComponent(service)}/${path}`, body(given));

/** The pod takes no new users, and hands its own over. */
export function drain(service: string, podId: number, users: number): Action {
  const name = podName(service, podId);
  const hands =
    users === 0 ? 'It holds nobody now' : `It hands its ${counted(users, 'user')} over to other pods`;
  return {
    title: `Drain ${name}`,
    effect: `${name} takes no new users from its next heartbeat on. ${hands}. This stands, also when the pod restarts, until it is resumed.`,
    verb: 'Drain',
    asks: 'rate',
    path: `pods/${podId}/drain`,
    body: ({ ratePerSecond }) => ({ ratePerSecond }),
    command: ({ ratePerSecond }) => [
      'drain',
      String(podId),
      ...(ratePerSecond === undefined ? [] : ['--rate', String(ratePerSecond)]),
    ],
  };
}

/** The pod takes no new users, and keeps its own. */
export function cordon(service: string, podId: number): Action {
  const name = podName(service, podId);
  return {
    title: `Cordon ${name}`,
    effect: `${name} takes no new users from its next heartbeat on, and keeps those it has. This stands, also when the pod restarts, until it is resumed.`,
    verb: 'Cordon',
    path: `pods/${podId}/cordon`,
    body: () => ({}),
    command: () => ['cordon', String(podId)],
  };
}

/** The pod takes new users again. */
export function resume(service: string, podId: number): Action {
  const name = podName(service, podId);
  return {
    title: `Resume ${name}`,
    effect: `${name} takes new users again from its next heartbeat on. A drain that is under way ends.`,
    verb: 'Resume',
    path: `pods/${podId}/resume`,
    body: () => ({}),
    command: () => ['uncordon', String(podId)],
  };
}

/** The user moves to another pod. */
export const move = (uid: string, from: number): Action => ({
  title: `Move ${uid}`,
  effect: `The pod that holds ${uid} saves the user and hands over to the pod that you choose. Requests wait for that.`,
  verb: 'Move',
  asks: 'pod',
  notPod: from,
  path: 'user/move',
  body: ({ to }) => ({ uid, to }),
  command: ({ to = 'POD' }) => ['move', ...userWords(uid), String(to)],
});

/** The user is placed on one pod from now on. */
export const pin = (uid: string): Action => ({
  title: `Pin ${uid}`,
  effect: `Whenever ${uid} is placed again, it is on the pod that you choose, as long as that pod takes users. Nobody is moved now.`,
  verb: 'Pin',
  asks: 'pod',
  path: 'user/pin',
  body: ({ to }) => ({ uid, to }),
  command: ({ to = 'POD' }) => ['pin', ...userWords(uid), String(to)],
});

/** The user may be placed anywhere again. */
export const unpin = (uid: string): Action => ({
  ...ofUser('unpin', uid),
  title: `Unpin ${uid}`,
  effect: `The next time ${uid} is placed, any pod may be chosen. Nobody is moved now.`,
  verb: 'Unpin',
});

/** The user's temporary link goes. */
export const unlink = (uid: string): Action => ({
  ...ofUser('unlink', uid),
  title: `Unlink ${uid}`,
  effect: `The temporary link of ${uid} is removed: the next request places the user anew.`,
  verb: 'Unlink',
});

/** The user's claim ends. */
export const kick = (uid: string): Action => ({
  ...ofUser('kick', uid),
  title: `Kick ${uid}`,
  effect: `The claim of ${uid} ends at once. The pod is told and stops serving the user; what it has not saved is lost.`,
  verb: 'Kick',
  isHard: true,
});

/** The user is placed again. */
export const unquarantine = (uid: string): Action => ({
  ...ofUser('unquarantine', uid),
  title: `End the quarantine of ${uid}`,
  effect: `${uid} is placed again at the next request. If pods still die of this user, that begins anew.`,
  verb: 'End quarantine',
  isHard: true,
});

/** Nothing is evened out any more. */
export const freeze = (service: string): Action => ({
  title: `Freeze ${service}`,
  effect: 'Nothing is evened out any more until it is unfrozen. Drains, take-overs and new users go on.',
  verb: 'Freeze',
  path: 'freeze',
  body: () => ({}),
  command: () => ['freeze'],
});

/** Users are evened out again. */
export const unfreeze = (service: string): Action => ({
  title: `Unfreeze ${service}`,
  effect: 'Users are evened out again, within the budget.',
  verb: 'Unfreeze',
  path: 'unfreeze',
  body: () => ({}),
  command: () => ['unfreeze'],
});

/** An id that looks like an option has to be told from one. */
const userWords = (uid: string): string[] => (uid.startsWith('-') ? ['--', uid] : [uid]);

const ofUser = (verb: string, uid: string): Pick<Action, 'path' | 'body' | 'command'> => ({
  path: `user/${verb}`,
  body: () => ({ uid }),
  command: () => [verb, ...userWords(uid)],
});
