import { linkKey, linksKey, tokenKey } from '../keys.ts';
import { isPodId, optional, text } from '../stored/replies.ts';
import { tokenRecord } from '../stored/token-record.ts';
import type { Damage } from './key-damage.ts';

/** A link as its keys have it: the link, its time to live, its field among the user's claims, and its token record. */
export type UserKeys = readonly [link: unknown, ttlMs: unknown, claimed: unknown, record: unknown];

/** The commands that read {@link UserKeys}. */
export function userReadings(
  namespace: string,
  uid: string,
  serviceName: string,
): readonly [command: string, ...args: string[]][] {
  const link = linkKey(namespace, uid, serviceName);
  return [
    ['GET', link],
    ['PTTL', link],
    ['HGET', linksKey(namespace, uid), serviceName],
    ['HGET', tokenKey(namespace, uid), serviceName],
  ];
}

const FORCED =
  'if the pod holds the user, nothing: its next heal pass, or the next request, writes it again. Else end the claim: routectl kick';

/** How the keys of one user contradict each other; `undefined` if they do not. Keys that are damaged are not compared. */
export function mismatchIn([link, ttl, claimed, stored]: UserKeys): Damage | undefined {
  if ([link, ttl, claimed, stored].some((reply) => reply instanceof Error)) return undefined;
  const [podId, index, record] = [link, claimed, stored].map(optional(text));
  if ([podId, index].some((named) => named !== undefined && !isPodId(named))) return undefined;
  const owner = podId !== undefined && Number(ttl) === -1 ? podId : undefined;
  if (index !== owner) {
    const named = index === undefined ? 'names no pod' : `names pod ${index}`;
    return {
      problem: `the list of the user's claims ${named}, but the link ${linkWords(podId, owner)}`,
      remedy:
        index === undefined
          ? FORCED
          : 'another program changed one of the two keys; end the claim: routectl kick',
    };
  }
  if (owner === undefined) return undefined;
  const known = record === undefined ? undefined : tokenRecord(record);
  if (record !== undefined && known === undefined) return undefined;
  if (known?.podId === owner) return undefined;
  return {
    problem: `the claim of pod ${owner} has no token, as one that the older sides, or a person, wrote`,
    remedy: FORCED,
  };
}

function linkWords(podId: string | undefined, owner: string | undefined): string {
  if (owner !== undefined) return `is a claim of pod ${owner}`;
  return podId === undefined ? 'is gone' : `is a temporary one to pod ${podId}`;
}
