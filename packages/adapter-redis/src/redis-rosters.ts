import {
  BATCH_LIMIT,
  type EnterRosterOptions,
  type LeaveRosterOptions,
  type ReadRosterOptions,
  type RosterEntry,
  type RosterPage,
} from '@stateful-route/core/adapter';
import type { Coalescer } from './calls/coalescer.ts';
import { rosterKey } from './keys.ts';
import { enterRoster } from './scripts/enter-roster.ts';
import { leaveRoster } from './scripts/leave-roster.ts';
import { integer, list, pairs, text, UnreadableReply } from './stored/replies.ts';
import { storeCall as call } from './calls/store-call.ts';
import type { StoreClient } from './calls/store-client.ts';

/** The field that keeps a roster's last number. */
const LAST_NUMBER = '{';

/** Where a server's scan begins, and what it says when it is over. */
const ALL = '0';

/** The part of the stateful executor that is about rosters. */
export class RedisRosters {
  protected readonly store: StoreClient;
  protected readonly coalescer: Coalescer;

  constructor(store: StoreClient, coalescer: Coalescer) {
    this.store = store;
    this.coalescer = coalescer;
  }

  enterRoster(
    namespace: string,
    serviceName: string,
    podId: number,
    uid: string,
    options: EnterRosterOptions,
  ): Promise<number> {
    return this.coalescer.one(
      namespace,
      enterRoster,
      { roster: rosterKey(namespace, serviceName, podId) },
      { uid, incarnation: options.incarnation },
      call('enterRoster', 'repeatable', options),
    );
  }

  leaveRoster(
    namespace: string,
    serviceName: string,
    podId: number,
    uid: string,
    options: LeaveRosterOptions,
  ): Promise<boolean> {
    return this.coalescer.one(
      namespace,
      leaveRoster,
      { roster: rosterKey(namespace, serviceName, podId) },
      { uid, number: options.number },
      call('leaveRoster', 'repeatable', options),
    );
  }

  readRoster(
    namespace: string,
    serviceName: string,
    podId: number,
    options?: ReadRosterOptions,
  ): Promise<RosterPage> {
    const key = rosterKey(namespace, serviceName, podId);
    // Changes of the roster that were asked for before are not to be overtaken.
    this.coalescer.flush();
    return this.store.send(call('readRoster', 'read', options), key, async (client) => {
      const from = serverCursor(options?.cursor, this.store.epoch);
      const reply = client.hscan(key, from, 'COUNT', BATCH_LIMIT);
      return rosterPage(await reply, this.store.epoch);
    });
  }
}

/**
 * A page's cursor names the epoch in which it was told. It means nothing to another server, which has an order of its own:
 * there the reading begins anew.
 */
function serverCursor(cursor: string | undefined, epoch: number): string {
  const [told, position] = cursor?.split(':') ?? [];
  return position !== undefined && Number(told) === epoch ? position : ALL;
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
