import { type ClaimLife, isHeld, UNKNOWN_USER } from '@stateful-route/core/adapter';
import type { StoredLink, Write, WriteReply } from './two-line-store.ts';

/** What a pod may be asked to do with the user. The last three it asks itself. */
export type Operation = 'claim' | 'scope' | 'raise' | 'release' | 'handOff' | 'reclaim' | 'letGo' | 'heal';

/** A write on its way. Who asked may have been told that the reply was lost: then it can only act, or not. */
export interface Call {
  readonly op: number;
  readonly what: Write;
  /** `turn`: for the operation that has the turn; `alone`: for none. */
  readonly asks: 'turn' | 'assert' | 'alone';
  reply: WriteReply | undefined;
  isForgotten: boolean;
}

/** The operation that has the turn. */
export interface Turn {
  readonly does: Operation;
  readonly op: number;
  /** `settling`: a claim's reply was lost, and the link is read once it can act no more. */
  stage: 'asking' | 'saving' | 'settling';
  /** Whoever asked has given up. */
  isLeft: boolean;
}

/** One process of a pod, and what it does with the one user. */
export interface Process {
  readonly pod: number;
  readonly run: number;
  lifeNumber: number;
  isStarted: boolean;
  isEnded: boolean;
  isFenced: boolean;
  life: ClaimLife;
  turn: Turn | undefined;
  queue: Operation[];
  calls: Call[];
  /** The holds that its scopes run in. */
  scopes: number[];
  /** What a heal pass has read, until its answer comes or something happens to the user. */
  reading: { readonly link: StoredLink | undefined; readonly token: number } | undefined;
  /** A claim may have been made that nobody knows of: the link is to be read once no write can act. */
  mustVerify: boolean;
  /** A `claim()` was answered, and nothing has ended that since. */
  isPromised: boolean;
  /** Somebody ended the claim by force, and the pod cannot know yet. */
  isRobbed: boolean;
  /** The token of a forced end that the store has pushed. */
  pushed: number | undefined;
  /** The machine said that a user was lost who is held. */
  isLostButHeld: boolean;
}

export function createProcess(pod: number, run: number, isStarted: boolean): Process {
  return {
    pod,
    run,
    lifeNumber: 0,
    isStarted,
    isEnded: false,
    isFenced: false,
    life: UNKNOWN_USER,
    turn: undefined,
    queue: [],
    calls: [],
    scopes: [],
    reading: undefined,
    mustVerify: false,
    isPromised: false,
    isRobbed: false,
    pushed: undefined,
    isLostButHeld: false,
  };
}

export function copyProcess(process: Process): Process {
  return {
    ...process,
    turn: process.turn && { ...process.turn },
    queue: [...process.queue],
    calls: process.calls.map((call) => ({ ...call })),
    scopes: [...process.scopes],
  };
}

export function isServing(process: Process): boolean {
  return process.isStarted && !process.isEnded && !process.isFenced;
}

export function holds(process: Process): boolean {
  return isServing(process) && isHeld(process.life);
}

export function ownsLink({ pod, run }: Process, link: StoredLink | undefined): boolean {
  return link !== undefined && link.token !== undefined && link.pod === pod && link.run === run;
}

/** Whether nothing is under way and nothing in doubt. */
export function isAtRest(process: Process): boolean {
  const { turn, queue, calls, reading, mustVerify, pushed, life } = process;
  const isQuiet = !turn && queue.length === 0 && calls.length === 0 && !reading && !mustVerify;
  return isQuiet && pushed === undefined && life.state.at !== 'suspended';
}
