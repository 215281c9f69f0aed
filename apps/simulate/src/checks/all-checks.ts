import { servedInCalm } from './calm.ts';
import {
  answersInTime,
  asksUntilDeadline,
  lostUpdate,
  lostWhileHeld,
  oneSaveAtATime,
  onlyRouteErrors,
} from './events.ts';
import { hostKeepsUsers } from './hosted.ts';
import { keptThroughRestore, noLossForNothing } from './losses.ts';
import { notWonBack } from './moved-users.ts';
import { orderedOnce, ordersEnd } from './orders.ts';
import { atRest, stopReport } from './reports.ts';
import { scopeHolds, signalCause } from './scopes.ts';
import type { Check } from './observation.ts';
import { noEarlyTakeOver, noTakeOverAfterOutage, takenOverInTime } from './take-overs.ts';
import { endedStaysEnded, noLateClaim, tokensGrow } from './tokens.ts';
import { twoHolders } from './two-holders.ts';
import { laterProcessWins } from './two-processes.ts';
import { notYoungAgain } from './young.ts';

/** New instances of all checks, for one world. */
export function allChecks(): readonly Check[] {
  return [
    twoHolders(),
    scopeHolds(),
    signalCause(),
    lostWhileHeld(),
    oneSaveAtATime(),
    lostUpdate(),
    onlyRouteErrors(),
    answersInTime(),
    asksUntilDeadline(),
    tokensGrow(),
    noLateClaim(),
    endedStaysEnded(),
    noEarlyTakeOver(),
    noTakeOverAfterOutage(),
    takenOverInTime(),
    notYoungAgain(),
    noLossForNothing(),
    keptThroughRestore(),
    laterProcessWins(),
    servedInCalm(),
    notWonBack(),
    hostKeepsUsers(),
    orderedOnce(),
    ordersEnd(),
    stopReport(),
    atRest(),
  ];
}
