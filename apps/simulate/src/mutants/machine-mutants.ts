import type { Mutant } from './mutant.ts';

const file = 'core/src/rules/claim-life.ts';

/** Broken rules of a claim's state machine. */
export const machineMutants: readonly Mutant[] = [
  {
    name: 'served-while-moved',
    broken: 'a user is served until the reply to the move arrives',
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
    broken: 'a held user stays held while the pod is fenced',
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
    broken: 'the end of a scope of an earlier hold releases the next hold',
    patches: [
      {
        file,
        find: 'letGoIfIdle({ ...life, runningScopes: life.runningScopes - 1 })',
        replace: 'letGoIfIdle({ ...life, runningScopes: 0, waitingScopes: 0, untilRelease: false })',
      },
      { file, find: 'event.hold === life.hold', replace: 'event.hold >= 0' },
    ],
  },
];
