import { type ClaimLife, isHeld, UNKNOWN_USER } from '@stateful-route/core/adapter';
import type { StoredLink, Write, WriteReply } from './two-line-store.ts';

/** The operations of a pod on the user. It starts the last three itself. */
export type Operation = 'claim' | 'scope' | 'raise' | 'release' | 'handOff' | 'reclaim' | 'letGo' | 'heal';

/** A write under way. If its reply was reported as lost, it may still take effect. */
export interface Call {
  readonly op: number;
  readonly what: Write;
  /** `turn`: for the operation that has the turn; `alone`: for none. */
  readonly asks: 'turn' | 'assert' | 'alone';
  reply: WriteReply | undefined;
  isForgotten: boolean;
}

/** The current operation. */
export interface Turn {
  readonly does: Operation;
  readonly op: number;
  /** `settling`: a claim's reply was lost, and the link is read once the claim can no longer take effect. */
  stage: 'calling' | 'saving' | 'settling';
  /** The caller has given up. */
  isLeft: boolean;
}

/** One process of a pod, with the state of the one user. */
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
  /** The holds of its running scopes. */
  scopes: number[];
  /** The reading of a heal pass, until its result arrives or something happens to the user. */
  reading: { readonly link: StoredLink | undefined; readonly token: number } | undefined;
  /** A claim may have been made without a reply. The link must be read once no write can take effect. */
  mustVerify: boolean;
  /** A `claim()` succeeded and has not ended since. */
  isPromised: boolean;
  /** Another writer ended the claim by force, and the pod does not know yet. */
  isRobbed: boolean;
  /** The token of a forced end that the store has pushed. */
  pushed: number | undefined;
  /** The machine reported the loss of a held user. */
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

/** Whether nothing is under way or in doubt. */
export function isAtRest(process: Process): boolean {
  const { turn, queue, calls, reading, mustVerify, pushed, life } = process;
  const isQuiet = !turn && queue.length === 0 && calls.length === 0 && !reading && !mustVerify;
  return isQuiet && pushed === undefined && life.state.at !== 'suspended';
}
