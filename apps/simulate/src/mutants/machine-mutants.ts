import type { Mutant } from './mutant.ts';

const file = 'core/src/rules/claim-life.ts';

/** Broken rules of what a pod believes of a user. */
export const machineMutants: readonly Mutant[] = [
  {
    name: 'served-while-moved',
    broken: 'a user is served until the move has been answered',
    patches: [
      {
        file,
        find: "  return state.at === 'held' || state.at === 'raising';",
        replace: "  return state.at === 'held' || state.at === 'raising' || state.at === 'moving';",
      },
    ],
  },
  {
    name: 'fence-keeps-held',
    broken: 'a user who is held stays so behind the fence, and after it',
    patches: [
      {
        file,
        find: "      return endHold(life, { at: 'suspended', token: state.token, op: undefined });",
        replace: '      return same(life);',
      },
    ],
  },
  {
    name: 'scope-of-an-earlier-hold',
    broken: 'the end of a scope whose hold was over releases the hold that came after it',
    patches: [
      {
        file,
        find: 'return event.hold === life.hold ? letGoIfIdle({ ...life, running: life.running - 1 }) : same(life);',
        replace: 'return letGoIfIdle({ ...life, running: 0, asking: 0, standing: false });',
      },
    ],
  },
];
