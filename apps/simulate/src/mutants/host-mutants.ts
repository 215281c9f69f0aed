import type { Mutant } from './mutant.ts';

const entity = 'host/src/entities/entity.ts';
const life = 'host/src/entities/entity-life.ts';
const saver = 'host/src/entities/saver.ts';

/** Broken rules of a host: how it opens, serves, saves and lets go. */
export const hostMutants: readonly Mutant[] = [
  {
    name: 'host-moves-before-the-save',
    broken: 'a hand-off is answered before the state is saved',
    theme: 'hosts hand over under traffic',
    patches: [
      {
        file: life,
        find: "return step === 'uses' ? to(leaving(op, why, 'save'), { type: 'save', op }) : to(state);",
        replace:
          "return step === 'uses' ? to(leaving(op, why, 'link'), why === 'handOff' ? SAVED : release(op)) : to(state);",
      },
    ],
  },
  {
    name: 'host-answers-before-the-save',
    broken: 'with saveAfter use a use is answered as its save begins',
    theme: 'hosts answer after the save',
    patches: [
      {
        file: entity,
        find: 'if (isSaved && !(await isSaved)) {',
        replace: 'if (isSaved && !(await Promise.race([isSaved, Promise.resolve(true)]))) {',
      },
    ],
  },
  {
    name: 'host-serves-beside-the-last-save',
    broken: 'uses run while the last save does, and none follows it',
    theme: 'hosts hand over under traffic',
    patches: [
      {
        file: entity,
        find: "if (at === 'open' && this.turns.size > 0) {",
        replace: "if ((at === 'open' || at === 'leaving') && this.turns.size > 0) {",
      },
      {
        file: entity,
        find: 'if (this.isHeld) this.turns.serve(this.#hold!);',
        replace: "if (this.isHeld || at === 'leaving') this.turns.serve(this.#hold!);",
      },
    ],
  },
  {
    name: 'host-saves-beside-a-use',
    broken: 'a save begins while a use runs',
    theme: 'idle users of hosts',
    patches: [
      {
        file: saver,
        find: 'if (!isReady || this.#parts.turns.isRunning) return;',
        replace: 'if (!isReady) return;',
      },
    ],
  },
  {
    name: 'host-serves-after-the-loss',
    broken: 'a fenced pod goes on with the states that it has open',
    theme: 'hosts that are fenced',
    patches: [
      {
        file: life,
        find: "fenced: ({ op, saves }) => (saves ? begin(op, 'fenced') : close(op, 'fenced')),",
        replace: 'fenced: () => to(OPEN),',
      },
    ],
  },
  {
    name: 'host-forgets-what-a-save-missed',
    broken: 'a change that came during a save counts as saved by it',
    theme: 'hosts hand over under traffic',
    patches: [{ file: saver, find: 'this.#saved = version;', replace: 'this.#saved = this.#version;' }],
  },
  {
    name: 'host-closes-unsaved-when-idle',
    broken: 'an idle user is let go beside the last save',
    theme: 'idle users of hosts',
    patches: [
      {
        file: entity,
        find: 'if (!this.#saver || this.#saver.isLastOver)\n      this.dispatch',
        replace: 'if (this.isQuiet)\n      this.dispatch',
      },
    ],
  },
];
