import {
  type ClaimEvent,
  type ClaimState,
  claimToken,
  isHeld,
  isIdle,
  type stepClaim,
} from '@stateful-route/core/adapter';
import { type Call, isServing, type Operation, ownsLink, type Process, type Turn } from './process.ts';
import { type Store, type Write, write, type WriteReply } from './two-line-store.ts';

export type Step = typeof stepClaim;

/** The pod's driver, reduced to one user. `step` is the machine under test. */
export class Driver {
  readonly #step: Step;

  constructor(step: Step) {
    this.#step = step;
  }

  apply(process: Process, event: ClaimEvent): ClaimState {
    const { life, effects } = this.#step(process.life, event);
    // Only the current hold, 0, is distinguished from earlier ones.
    if (life.hold !== process.life.hold) process.scopes = process.scopes.map(() => -1);
    process.life = { ...life, hold: 0 };
    process.reading = undefined;
    if (life.state.at === 'none') process.isRobbed = false;
    for (const effect of effects) {
      if (effect.type === 'lost') {
        process.isPromised = false;
        if (isHeld(life)) process.isLostButHeld = true;
      } else if (effect.type === 'undo') {
        this.#send(process, 'alone', 0, { does: 'remove', pod: process.pod, token: effect.token });
      } else process.queue.push('letGo');
    }
    return life.state;
  }

  /** Requests an operation. It starts at once, or waits for its turn. */
  ask(process: Process, does: Operation): void {
    if (does === 'scope') this.apply(process, { type: 'scopeWaits' });
    const isStaying = !process.queue.includes('release');
    // A claim of a held user is answered from memory.
    if (isHeld(process.life) && isServing(process) && isStaying && (does === 'claim' || does === 'scope')) {
      this.#answer(process, does);
      return;
    }
    process.queue.push(does);
    this.next(process);
  }

  /** Starts the next operation. */
  next(process: Process): void {
    while (!process.turn && process.queue.length > 0 && !process.isEnded) {
      const does = process.queue.shift()!;
      process.turn = { does, op: freeOperation(process), stage: 'calling', isLeft: false };
      this.#begin(process, process.turn);
    }
  }

  #end(process: Process, isClaimed = false): void {
    const turn = process.turn;
    process.turn = undefined;
    if (isClaimed && turn) this.#answer(process, turn.does);
    else if (turn?.does === 'scope') this.apply(process, { type: 'scopeGivesUp' });
    this.next(process);
  }

  /** Resolves a claim: the user is held. */
  #answer(process: Process, does: Operation): void {
    if (does === 'scope') {
      this.apply(process, { type: 'scopeRuns' });
      process.scopes.push(0);
      return;
    }
    if (does === 'claim') this.apply(process, { type: 'keep' });
    if (does === 'claim' || does === 'raise') process.isPromised = true;
  }

  #begin(process: Process, { does, op }: Turn): void {
    const { pod } = process;
    switch (does) {
      case 'claim':
      case 'scope':
      case 'raise':
        return this.#beginClaim(process, does, op);
      case 'release':
      case 'letGo': {
        if (does === 'release') process.isPromised = false;
        else if (!isIdle(process.life)) return this.#end(process);
        const state = this.apply(process, { type: 'release', op });
        if (state.at !== 'releasing' || state.op !== op) return this.#end(process);
        return this.#send(process, 'turn', op, { does: 'remove', pod, token: state.token });
      }
      case 'handOff': {
        process.isPromised = false;
        const state = this.apply(process, { type: 'move', op, to: 1 - pod });
        if (state.at !== 'moving' || state.op !== op) return this.#end(process);
        process.turn!.stage = 'saving';
        return;
      }
      case 'reclaim':
      case 'heal':
        // A reply of the store started it.
        return;
    }
  }

  #beginClaim(process: Process, does: Operation, op: number): void {
    if (!isServing(process)) return this.#end(process);
    if (isHeld(process.life) && does !== 'raise') return this.#end(process, true);
    const type = process.life.state.at === 'held' ? 'raise' : 'claim';
    const state = this.apply(process, { type, op });
    if (!('op' in state) || state.op !== op) return this.#end(process);
    this.#send(process, 'turn', op, this.#claim(process, does === 'raise' ? 'raise' : 'plain'));
  }

  #claim({ pod, run, lifeNumber: life }: Process, how: 'plain' | 'raise' | 'onlyIfClaimed'): Write {
    return { does: 'claim', pod, run, life, how, assertToken: undefined };
  }

  #send(process: Process, asks: Call['asks'], op: number, what: Write): void {
    process.calls.push({ op, what, asks, reply: undefined, isForgotten: false });
  }

  /** The first step of a return for a user who was held before the fence. */
  beginReclaim(process: Process, store: Store): void {
    const { op } = process.turn!;
    const { pod, run, lifeNumber: life } = process;
    const state = isServing(process) ? this.apply(process, { type: 'reclaim', op }) : process.life.state;
    if (state.at !== 'reclaiming' || state.op !== op) return this.#end(process);
    const { link } = store;
    if (link?.token !== undefined && !ownsLink(process, link)) {
      this.apply(process, { type: 'refused', op });
      return this.#end(process);
    }
    const isOwn = link?.token !== undefined;
    this.#send(
      process,
      'turn',
      op,
      isOwn
        ? this.#claim(process, 'onlyIfClaimed')
        : { does: 'claim', pod, run, life, how: 'plain', assertToken: state.token },
    );
  }

  /** The application has saved the user's state, or could not. */
  saved(process: Process, isSaved: boolean): void {
    const { op } = process.turn!;
    const { state } = process.life;
    if (state.at !== 'moving' || state.op !== op) return this.#end(process);
    if (!isSaved) {
      this.apply(process, { type: 'failed', op });
      return this.#end(process);
    }
    process.turn!.stage = 'calling';
    this.#send(process, 'turn', op, {
      does: 'move',
      pod: process.pod,
      token: state.token,
      to: 1 - process.pod,
    });
  }

  /** A write takes effect. */
  act(process: Process, store: Store, call: Call): void {
    call.reply = write(store, call.what);
    // An asserted claim has the token that an earlier take-over may still name.
    const isNew = call.what.does === 'claim' && call.what.assertToken === undefined;
    if (isNew && call.reply.is === 'linked') process.isRobbed = false;
  }

  /** A reply arrives, and the call is over. */
  answered(process: Process, { op, what, asks, reply }: Call): void {
    if (asks === 'alone') return;
    if (asks === 'assert') {
      if (reply!.is !== 'linked' && what.does === 'claim') {
        this.apply(process, { type: 'gone', token: what.assertToken! });
      }
      return this.#end(process);
    }
    const isStill = process.turn?.op === op;
    if (what.does === 'claim') return this.#claimAnswered(process, op, reply!, isStill);
    if (what.does === 'remove') this.apply(process, { type: 'removed', op });
    if (what.does === 'move') this.apply(process, { type: reply!.is === 'done' ? 'moved' : 'refused', op });
    if (isStill) this.#end(process);
  }

  #claimAnswered(process: Process, op: number, reply: WriteReply, isStill: boolean): void {
    const turn = isStill ? process.turn : undefined;
    if (reply.is !== 'linked') {
      this.apply(process, { type: reply.is === 'fenced' ? 'failed' : 'refused', op });
      if (turn) this.#end(process);
      return;
    }
    if (turn?.isLeft && process.life.state.at === 'claiming') this.apply(process, { type: 'unknown', op });
    const untilRelease = turn?.does === 'claim' || turn?.does === 'raise';
    const state = this.apply(process, { type: 'linked', op, token: reply.token, untilRelease });
    if (turn && state.at === 'held') return this.#end(process, !turn.isLeft);
    if (turn) this.#removeOrEnd(process, turn);
  }

  #removeOrEnd(process: Process, { op }: Turn): void {
    const { state } = process.life;
    if (state.at !== 'releasing' || state.op !== op) return this.#end(process);
    this.#send(process, 'turn', op, { does: 'remove', pod: process.pod, token: state.token });
  }

  /** The reply of a call is lost. The call is repeated, settled by a reading, or left to a later reading. */
  unanswered(process: Process, { op, what, asks }: Call): void {
    if (process.isEnded) return;
    if (what.does === 'claim' || asks !== 'turn') process.mustVerify = true;
    if (asks === 'alone') return;
    if (asks === 'assert') return this.#end(process);
    const { turn } = process;
    const state = this.apply(process, { type: 'unknown', op });
    if (turn?.op !== op) return;
    const isInDoubt =
      'op' in state && state.op === op && state.at !== 'suspended' && state.at !== 'reclaiming';
    if (!isInDoubt) return this.#end(process);
    if (what.does === 'claim') turn.stage = 'settling';
    else this.#send(process, 'turn', op, what);
  }

  /** Reads the link once no write of the process can take effect any more. */
  settle(process: Process, store: Store): void {
    const { turn } = process;
    const { op } = turn!;
    const token = ownsLink(process, store.link) ? store.link!.token : undefined;
    this.apply(process, { type: 'settled', op, token });
    this.#removeOrEnd(process, turn!);
  }

  verify(process: Process, store: Store): void {
    process.mustVerify = false;
    const { link } = store;
    if (!ownsLink(process, link)) return;
    const token = link!.token!;
    if (process.life.state.at === 'suspended') this.apply(process, { type: 'found', token });
    if (process.life.state.at !== 'none') return;
    const op = freeOperation(process);
    process.turn = { does: 'heal', op, stage: 'calling', isLeft: false };
    this.#send(process, 'assert', op, { does: 'remove', pod: process.pod, token });
  }

  /** The result of a heal pass, if nothing happened to the user since its reading. */
  healed(process: Process): void {
    const { link, token } = process.reading!;
    process.reading = undefined;
    const { pod, run, lifeNumber: life } = process;
    if (ownsLink(process, link)) {
      this.apply(process, { type: 'found', token: link!.token! });
      return;
    }
    if (link?.token !== undefined) {
      this.apply(process, { type: 'gone', token });
      return;
    }
    const op = freeOperation(process);
    process.turn = { does: 'heal', op, stage: 'calling', isLeft: false };
    this.#send(process, 'assert', op, { does: 'claim', pod, run, life, how: 'plain', assertToken: token });
  }

  fence(process: Process): void {
    process.isFenced = true;
    process.isPromised = false;
    this.apply(process, { type: 'fence' });
  }

  comeBack(process: Process): void {
    process.isFenced = false;
    process.lifeNumber += 1;
    if (process.life.state.at === 'suspended') process.queue.push('reclaim');
    this.next(process);
  }

  /** The run is over. A pod that stops in time removes its claim. */
  end(process: Process, isDisplaced: boolean): void {
    const token = claimToken(process.life);
    const { at } = process.life.state;
    const isGivenBack = !isDisplaced && !process.isFenced && token !== undefined;
    if (isDisplaced) this.apply(process, { type: 'fence' });
    this.apply(process, { type: 'end', lost: isDisplaced });
    process.isEnded = true;
    process.isPromised = false;
    process.turn = undefined;
    process.queue = [];
    process.mustVerify = false;
    if (isGivenBack && (at === 'held' || at === 'raising' || at === 'moving' || at === 'waiting')) {
      this.#send(process, 'alone', 0, { does: 'remove', pod: process.pod, token });
    }
  }
}

/** The least number that no call, turn or state of the process uses. */
function freeOperation({ life, turn, calls }: Process): number {
  for (let op = 1; ; op++) {
    const isTaken = ('op' in life.state && life.state.op === op) || turn?.op === op;
    if (!isTaken && !calls.some((call) => call.op === op)) return op;
  }
}
