import { type Executors, isRouteError, PERSIST_FOREVER } from '@stateful-route/core';
import * as fc from 'fast-check';

/** One call about links or rosters, in a namespace. */
export interface RandomCall {
  readonly said: string;
  make(executors: Executors, ns: string): Promise<unknown>;
}

/** Uids that look like what the commands around them are made of. */
const UIDS = [
  'ada',
  '=',
  '*',
  '=room',
  '@epoch 1',
  '-1',
  '0',
  ' ',
  ':token',
  'NOSCRIPT',
  'GARBAGE',
  'ü"\\%s',
  '😀',
];

/** Above every token that a server would make by its clock, so that tokens do not depend on when a call is made. */
const TOKENS = [3e15, 3e15 + 7, 4e15];

const uid = fc.constantFrom(...UIDS);
const uids = fc.array(uid, { minLength: 1, maxLength: 5 });
const service = fc.constantFrom('room', 'hall');
const pod = fc.nat(2);
const seconds = fc.constantFrom(PERSIST_FOREVER, 1_000, 3_000);
const temporary = fc.constantFrom(1_000, 3_000);
const token = fc.constantFrom(...TOKENS);
const timeoutMs = fc.constantFrom(undefined, 20_000, 30_000);
const maybe = <T>(of: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> => fc.option(of, { nil: undefined });
const incarnation = maybe(fc.constantFrom('1.a.0', '2.b.0', 'old'));
const leaseMs = maybe(fc.constantFrom(5_000, 15_000));

const call = <Args extends readonly unknown[]>(
  said: string,
  args: { readonly [At in keyof Args]: fc.Arbitrary<Args[At]> },
  make: (executors: Executors, ns: string, ...args: Args) => Promise<unknown>,
): fc.Arbitrary<RandomCall> =>
  fc.tuple(...(args as unknown as fc.Arbitrary<unknown>[])).map((given) => ({
    said: `${said} ${JSON.stringify(given)}`,
    make: (executors, ns) => make(executors, ns, ...(given as unknown as Args)),
  }));

const owner = fc.record({ incarnation, leaseMs, minToken: token, timeoutMs });
const trying = fc.record({
  incarnation,
  leaseMs,
  onlyIfNamed: maybe(fc.boolean()),
  onlyIfClaimed: maybe(fc.boolean()),
  timeoutMs,
});
const asserting = fc.record({ incarnation, assertToken: token, timeoutMs });
const claiming = fc.oneof(
  trying.chain((of) => token.map((minToken) => ({ ...of, minToken }))),
  asserting,
);
const replacing = fc.record({
  ifToken: fc.oneof(token, fc.constant(null), fc.constant(undefined)),
  onlyIfTemporary: maybe(fc.boolean()),
  timeoutMs,
});
const keeping = fc.record({ keepSeconds: maybe(fc.constantFrom(0, 2_000)), timeoutMs });
const removing = fc.record({ token: maybe(token), onlyIfTemporary: maybe(fc.boolean()), timeoutMs });

const kinds: readonly fc.Arbitrary<RandomCall>[] = [
  call('setLinkedPod', [uid, service, pod, seconds, owner], ({ stateful }, ns, ...args) =>
    stateful.setLinkedPod(ns, ...args),
  ),
  call('trySetLinkedPod', [uid, service, pod, seconds, claiming], ({ stateful }, ns, ...args) =>
    stateful.trySetLinkedPod(ns, ...args),
  ),
  call('setLinkedPodIfAbsent', [uid, service, pod, temporary], ({ stateful }, ns, ...args) =>
    stateful.setLinkedPodIfAbsent(ns, ...args),
  ),
  call('replaceLinkedPod', [uid, service, pod, pod, temporary, replacing], ({ stateful }, ns, ...args) =>
    stateful.replaceLinkedPod(ns, ...args),
  ),
  call('removeLinkedPod', [uid, service, keeping], ({ stateful }, ns, ...args) =>
    stateful.removeLinkedPod(ns, ...args),
  ),
  call('removeLinkedPodWithId', [uid, service, pod, removing], ({ stateful }, ns, ...args) =>
    stateful.removeLinkedPodWithId(ns, ...args),
  ),
  call('getLinkedPod', [uid, service], ({ stateful }, ns, ...args) => stateful.getLinkedPod(ns, ...args)),
  call('getLinkedPodIfPersist', [uid, service], ({ stateful }, ns, ...args) =>
    stateful.getLinkedPodIfPersist(ns, ...args),
  ),
  call('getLink', [uid, service], ({ stateful }, ns, ...args) => stateful.getLink(ns, ...args)),
  call('batchGetLink', [uids, service], ({ stateful }, ns, ...args) => stateful.batchGetLink(ns, ...args)),
  call('batchGetLinkedPod', [uids, service], ({ stateful }, ns, ...args) =>
    stateful.batchGetLinkedPod(ns, ...args),
  ),
  call('getLinkService', [uid], ({ stateful }, ns, ...args) => stateful.getLinkService(ns, ...args)),
  call('enterRoster', [pod, uid, fc.constantFrom('1.a.0', '@epoch 1')], ({ stateful }, ns, at, of, life) =>
    stateful.enterRoster(ns, 'room', at, of, { incarnation: life.replace(' ', '.') }).then(() => 'entered'),
  ),
  call('leaveRoster', [pod, uid], ({ stateful }, ns, at, of) =>
    stateful.leaveRoster(ns, 'room', at, of, { number: 1 }),
  ),
];

/** Calls that a tick may gather, each with options of its own: often many of few kinds, which share commands. */
export const randomCalls: fc.Arbitrary<RandomCall[]> = fc
  .subarray([...kinds], { minLength: 1 })
  .chain((some) => fc.array(fc.oneof(...some), { minLength: 1, maxLength: 300, size: 'max' }));

/** A key that another program has spoiled. */
export interface Damage {
  readonly key: (ns: string) => string;
  readonly with: 'a list' | 'garbage';
}

/** Damaged links, token records and claims. Links of which the hash of claims is damaged cannot be changed. */
export const randomDamage: fc.Arbitrary<Damage> = fc
  .record({
    uid,
    part: fc.constantFrom('room', ':token', ''),
    with: fc.constantFrom<Damage['with']>('a list', 'garbage'),
  })
  .map(({ uid: of, part, with: what }) => ({ key: (ns) => `sf:{${ns}:lk:${of}}${part}`, with: what }));

/** What a call came to, without what depends on the namespace or the time. */
export async function outcome(reply: Promise<unknown>, ns: string): Promise<unknown> {
  try {
    return plain(await reply);
  } catch (error) {
    if (!isRouteError(error)) throw error;
    const { code, message, retryable } = error;
    return {
      code,
      retryable,
      message: message.replaceAll(ns, 'ns').replaceAll(/ script: \w+, on @\S+/g, ''),
    };
  }
}

function plain(reply: unknown): unknown {
  if (reply instanceof Map) return new Map([...reply].map(([key, value]) => [key as unknown, plain(value)]));
  if (typeof reply !== 'object' || reply === null) return reply;
  const { storeTime: _, ttlMs, reason, ...rest } = reply as Record<string, unknown>;
  return {
    ...rest,
    // Not when: the two runs are not at the same time.
    ...(typeof reason === 'object' && { reason: { ...reason, at: undefined } }),
    ...(typeof ttlMs === 'number' && { ttl: Math.round(ttlMs / 500_000) }),
  };
}
