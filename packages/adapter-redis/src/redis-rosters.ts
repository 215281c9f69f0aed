import {
  BATCH_LIMIT,
  type EnterRosterOptions,
  type LeaveRosterOptions,
  type ReadRosterOptions,
  type RosterEntry,
  type RosterPage,
} from '@stateful-route/core/adapter';
import { rosterKey } from './keys.ts';
import { enterRoster } from './scripts/enter-roster.ts';
import { leaveRoster } from './scripts/leave-roster.ts';
import { integer, list, pairs, text, UnreadableReply } from './stored/replies.ts';
import type { StoreCalls } from './calls/store-calls.ts';

/** The field with a roster's last number. */
const LAST_NUMBER = '{';

/** The cursor at which HSCAN begins, and with which it ends. */
const ALL = '0';

/** The stateful executor's operations on rosters. */
export class RedisRosters {
  protected readonly calls: StoreCalls;

  constructor(calls: StoreCalls) {
    this.calls = calls;
  }

  enterRoster(
    namespace: string,
    serviceName: string,
    podId: number,
    uid: string,
    options: EnterRosterOptions,
  ): Promise<number> {
    return this.calls.one(
      namespace,
      enterRoster,
      { roster: rosterKey(namespace, serviceName, podId) },
      { uid, incarnation: options.incarnation },
      { name: 'enterRoster', options },
    );
  }

  leaveRoster(
    namespace: string,
    serviceName: string,
    podId: number,
    uid: string,
    options: LeaveRosterOptions,
  ): Promise<boolean> {
    return this.calls.one(
      namespace,
      leaveRoster,
      { roster: rosterKey(namespace, serviceName, podId) },
      { uid, number: options.number },
      { name: 'leaveRoster', options },
    );
  }

  readRoster(
    namespace: string,
    serviceName: string,
    podId: number,
    options?: ReadRosterOptions,
  ): Promise<RosterPage> {
    const key = rosterKey(namespace, serviceName, podId);
    return this.calls.command({ name: 'readRoster', options }, key, async (client) => {
      const from = serverCursor(options?.cursor, this.calls.epoch);
      const reply = client.hscan(key, from, 'COUNT', BATCH_LIMIT);
      return rosterPage(await reply, this.calls.epoch);
    });
  }
}

/**
 * The position of a cursor, which holds the epoch of its page. Another server has another order: in a later epoch the reading
 * starts again.
 */
function serverCursor(cursor: string | undefined, epoch: number): string {
  const [inEpoch, position] = cursor?.split(':') ?? [];
  return position !== undefined && Number(inEpoch) === epoch ? position : ALL;
}

function rosterPage(reply: unknown, epoch: number): RosterPage {
  const [next, fields] = list(reply);
  const entries = pairs(fields).filter(([uid]) => uid !== LAST_NUMBER);
  const position = text(next);
  return {
    entries: entries.map(rosterEntry),
    cursor: position === ALL ? undefined : `${epoch}:${position}`,
  };
}

function rosterEntry([uid, stored]: readonly [string, string]): RosterEntry {
  const [, number, incarnation] = /^(\d+):(.+)$/.exec(stored) ?? [];
  if (incarnation === undefined) throw new UnreadableReply('an entry of a roster', stored);
  return { uid, incarnation, number: integer(number) };
}
