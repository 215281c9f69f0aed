import type { Clock } from '@stateful-route/core';
import type { Finding, KeyFault, KeyFaultKind, ScanOptions, ScanPage } from '@stateful-route/core/adapter';
import { errorCode } from '../client/client-errors.ts';
import type { RedisClient, RedisConnection } from '../client/redis-client.ts';
import { type KnownKey, namespacePattern, parseKey } from '../keys.ts';
import { pairs } from '../stored/replies.ts';
import { type Damage, damageIn, readingOf } from './key-damage.ts';
import { scanKeys } from './scan-keys.ts';
import { mismatchIn, type UserKeys, userReadings } from './user-mismatch.ts';

/** How often a user's keys are read before a mismatch counts: a script may change them between two of the commands. */
const READINGS = 3;

interface FoundKey {
  readonly key: string;
  readonly known: KnownKey;
}

/** Reads each key of a namespace and reports those that are damaged, or that contradict others of the same user. */
export async function* scanFaults(
  client: RedisClient,
  namespace: string,
  options: ScanOptions,
  clock: Clock,
): AsyncGenerator<ScanPage<KeyFault>> {
  for await (const { server, keys, scanned, total } of scanKeys(
    client,
    namespacePattern(namespace),
    options,
    clock,
  )) {
    const found = keys.flatMap((key): FoundKey[] => {
      const known = parseKey(namespace, key);
      return known ? [{ key, known }] : [];
    });
    const replies = await ask(
      server,
      found.map(({ key, known }) => readingOf(known.kind, key)),
    );
    const damaged = found.flatMap(({ key, known }, at): KeyFault[] => {
      const reply = replies[at];
      // The slot moves: another node has the key.
      if (reply instanceof Error && errorCode(reply.message) !== 'WRONGTYPE') return [];
      return damageIn(known.kind, reply).map((damage) => fault('damage', key, damage));
    });
    const users = found.flatMap(({ known }, at) => usersOf(known, replies[at]));
    const mismatched = await mismatches(server, namespace, users);
    yield { found: [...damaged, ...mismatched], scanned, total };
  }
}

interface UserOfService {
  readonly uid: string;
  readonly serviceName: string;
}

/** The links that a key is about: itself, or those of a user whose claims it lists. */
function usersOf(known: KnownKey, reply: unknown): UserOfService[] {
  if (known.kind === 'link') return [known];
  if (known.kind !== 'links' || reply instanceof Error) return [];
  return pairs(reply).map(([serviceName]) => ({ uid: known.uid, serviceName }));
}

async function mismatches(
  server: RedisConnection,
  namespace: string,
  users: readonly UserOfService[],
): Promise<KeyFault[]> {
  let suspects = users.map((user) => ({ user, mismatch: undefined as Damage | undefined }));
  for (let reading = 1; reading <= READINGS && suspects.length > 0; reading++) {
    const commands = suspects.flatMap(({ user }) => userReadings(namespace, user.uid, user.serviceName));
    const replies = await ask(server, commands);
    const perUser = replies.length / suspects.length;
    suspects = suspects.flatMap(({ user, mismatch: before }, at) => {
      const keys = replies.slice(at * perUser, (at + 1) * perUser) as unknown as UserKeys;
      const mismatch = mismatchIn(keys);
      const isSame = mismatch !== undefined && (!before || before.problem === mismatch.problem);
      return isSame ? [{ user, mismatch }] : [];
    });
  }
  return suspects.map(({ user: { uid, serviceName }, mismatch }) =>
    fault('mismatch', `${uid} of ${serviceName}`, mismatch!),
  );
}

const fault = (kind: KeyFaultKind, subject: string, { problem, remedy }: Damage): KeyFault & Finding => ({
  kind,
  level: kind === 'damage' ? 'error' : 'warning',
  subject,
  problem,
  remedy: remedy.replace('KEY', `'${subject}'`),
});

/** Sends commands together. A reply of the server that is an error is returned; any other failure is thrown. */
async function ask(
  server: RedisConnection,
  commands: readonly (readonly [command: string, ...args: string[]])[],
): Promise<unknown[]> {
  const settled = await Promise.allSettled(commands.map((command) => server.call(...command)));
  return settled.map((outcome) => {
    if (outcome.status === 'fulfilled') return outcome.value;
    const error = outcome.reason as Error;
    if (error.name !== 'ReplyError' || errorCode(error.message) === 'NOPERM') throw error;
    return error;
  });
}
