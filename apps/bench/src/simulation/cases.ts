import type { StrategyName } from '@stateful-route/core';
import type { LoggedRequest } from '@stateful-route/lab/log';
import type { Scenario } from './scenario.ts';
import { replayed, synthetic, type Twist } from './scenarios.ts';

/** The strategies that use loads. What callers know of loads does not affect the others. */
export const LOAD_AWARE = ['power-of-two', 'least-loaded'] as const satisfies readonly StrategyName[];

/** A column of the tables. */
export interface Case {
  readonly name: CaseName;
  /** Whether it differs from the baseline only in what callers know of loads. */
  readonly knowledgeOnly: boolean;
  /** Limits the rounds of cases without metrics. */
  readonly roundsMax: number;
  readonly make: (seed: number) => Scenario;
}

export type CaseName =
  | 'baseline'
  | 'read, not pushed'
  | 'nothing configured'
  | 'each believes to be alone'
  | 'nobody counts'
  | 'one caller makes 80 %'
  | 'users leave'
  | 'unequal pods'
  | 'half join late'
  | 'real log';

const PERIODS = 8;
const ROUNDS_MAX = 3;
/** An hour of the log takes half a minute. */
const SPEED = 120;

/** All cases; that of the log only if there is a log. */
export function casesOf(scale: number, log: readonly LoggedRequest[]): readonly Case[] {
  const making = (twist: Twist, periods: number) => (seed: number) =>
    synthetic(twist, { seed, periods: Math.max(3, Math.round(periods * scale)) });
  const knowing = (name: CaseName, twist: Twist): Case => ({
    name,
    knowledgeOnly: true,
    roundsMax: Infinity,
    make: making(twist, PERIODS),
  });
  const other = (name: CaseName, twist: Twist, periods = PERIODS): Case => ({
    name,
    knowledgeOnly: false,
    roundsMax: ROUNDS_MAX,
    make: making(twist, periods),
  });
  const cases: readonly Case[] = [
    { name: 'baseline', knowledgeOnly: false, roundsMax: Infinity, make: making({}, 12) },
    knowing('read, not pushed', { refreshMs: 5_000 }),
    knowing('nothing configured', { routingPeers: 'counted' }),
    knowing('each believes to be alone', { routingPeers: 1 }),
    knowing('nobody counts', { counting: false }),
    other('one caller makes 80 %', { oneHeavyCaller: true }),
    other('users leave', { usersLeave: true }),
    other('unequal pods', { unequalPods: true }),
    other('half join late', { joinAfterPeriods: scale < 0.5 ? 1 : 2 }, 12),
  ];
  const part = log.slice(0, Math.ceil(log.length * scale));
  if (part.length === 0) return cases;
  const make = (seed: number): Scenario => replayed(part, SPEED, seed);
  return [...cases, { name: 'real log', knowledgeOnly: false, roundsMax: ROUNDS_MAX, make }];
}
