import {
  type Executors,
  isRouteError,
  type Link,
  type LinkInForce,
  PERSIST_FOREVER,
  type TrySetResult,
} from '@stateful-route/core';
import {
  type AroundCall,
  decorateExecutors,
  type LinkReading,
  type PortCall,
  type PortMethod,
  type ReplaceLinkedPodOptions,
  type ReplaceResult,
  type SetLinkedPodResult,
  type TrySetLinkedPodOptions,
} from '@stateful-route/core/adapter';
import type { LinkRead, LinkSeen, LinkWrite } from './events.ts';
import type { History } from './history.ts';

/** Options of a recorder. */
export interface RecordOptions {
  /** The calling pod. `undefined` for a caller. */
  readonly by?: number | undefined;
}

/** What a write will do if it succeeds. */
type Intended = Pick<LinkWrite, 'makes' | 'ttlMs' | 'incarnation' | 'asserted' | 'takesOver'>;

/** What a reply shows: a write, a read, or both. */
interface Shown {
  readonly write?: Intended & Pick<LinkWrite, 'requires'>;
  readonly read?: { readonly link: LinkSeen | undefined };
}

/** Executors whose reads and writes of links are recorded. Events have no service: record only one. */
export function recordExecutors(
  executors: Executors,
  history: History,
  { by }: RecordOptions = {},
): Executors {
  const around: AroundCall = async (call) => {
    const method = recorded[call.method];
    const intended = method?.intends?.(call);
    const uid = call.args[1] as string;
    const start = history.now();
    const interval = (): { uid: string; start: number; end: number } => ({ uid, start, end: history.now() });
    try {
      const reply = await call.run(call.options);
      if (call.method === 'batchGetLink') noteBatch(history, call, reply as Map<string, Link>, start);
      const { write, read } = method?.shows(call, reply, intended) ?? {};
      if (read) history.add({ type: 'read', ...interval(), ...read } satisfies LinkRead);
      if (write) history.add({ type: 'write', ...interval(), outcome: 'acknowledged', by, ...write });
      return reply;
    } catch (error) {
      if (intended && !isRouteError(error, 'INVALID_PARAMETER')) {
        history.add({ type: 'write', ...interval(), outcome: outcomeOf(error), by, ...intended });
      }
      throw error;
    }
  };
  return decorateExecutors(executors, around);
}

function outcomeOf(error: unknown): 'unknown' | 'none' {
  if (isRouteError(error, 'TIMEOUT')) return error.effect;
  // An abort leaves a write in flight. Other errors are refusals.
  return isRouteError(error) ? 'none' : 'unknown';
}

function linkOf(podId: number, persistSeconds: number): Pick<LinkWrite, 'makes' | 'ttlMs'> {
  const permanent = persistSeconds === PERSIST_FOREVER;
  return { makes: { podId, permanent }, ttlMs: permanent ? undefined : persistSeconds * 1_000 };
}

/** How a method is recorded. */
interface Recorded {
  /** What a call does to the link. Absent for reads. */
  readonly intends?: (call: PortCall) => Intended;
  readonly shows: (call: PortCall, reply: unknown, intended: Intended | undefined) => Shown;
}

const intendsLink = ({ args }: PortCall): Intended => linkOf(args[3] as number, args[4] as number);

/** The methods on single links. All others pass unrecorded. */
const recorded: { readonly [Method in PortMethod]?: Recorded } = {
  getLink: { shows: (_, reply) => ({ read: { link: seen(reply as LinkReading) } }) },
  getLinkedPod: {
    shows: (_, reply) => ({ read: { link: reply === undefined ? undefined : { podId: reply as number } } }),
  },
  setLinkedPod: {
    intends: intendsLink,
    shows: (_, reply, intended) => {
      const { token } = reply as SetLinkedPodResult;
      return { write: { ...intended, makes: { ...intended?.makes, token } } };
    },
  },
  setLinkedPodIfAbsent: {
    intends: intendsLink,
    shows: (_, reply, intended) => shownByPlacement(intended!, reply as LinkInForce),
  },
  trySetLinkedPod: {
    intends: (call) => {
      const { incarnation, assertToken } = (call.options ?? {}) as TrySetLinkedPodOptions;
      return { ...intendsLink(call), incarnation, asserted: assertToken !== undefined };
    },
    shows: (call, reply, intended) => shownByClaim(call, intended!, reply as TrySetResult),
  },
  replaceLinkedPod: {
    intends: ({ args, options }) => {
      const { ifToken } = (options ?? {}) as ReplaceLinkedPodOptions;
      const owner = { podId: args[3] as number, token: ifToken ?? undefined };
      const takesOver = ifToken === undefined ? undefined : owner;
      return { ...linkOf(args[4] as number, args[5] as number), takesOver };
    },
    shows: (call, reply, intended) => shownByReplacement(call, intended!, reply as ReplaceResult),
  },
  removeLinkedPod: {
    intends: ({ options }) => removal(undefined, options),
    shows: (_, reply, intended) => ({ write: reply === true ? intended! : { makes: undefined } }),
  },
  removeLinkedPodWithId: {
    intends: ({ args, options }) => removal(args[3] as number, options),
    shows: (_, reply, intended) => (reply === true ? { write: intended! } : {}),
  },
};

function removal(podId: number | undefined, options: PortCall['options']): Intended {
  const { keepSeconds = 0 } = (options ?? {}) as { readonly keepSeconds?: number };
  if (keepSeconds <= 0) return { makes: undefined };
  return { makes: { podId, permanent: false }, ttlMs: keepSeconds * 1_000 };
}

function shownByPlacement(intended: Intended, link: LinkInForce): Shown {
  if (link.created) return { write: { ...intended, makes: seen(link), requires: { type: 'absent' } } };
  // The pod's own link is a claim now.
  if (link.permanent && intended.makes?.permanent && intended.makes.podId === link.podId) {
    return { write: { makes: seen(link) } };
  }
  if (link.permanent) return { read: { link: seen(link) } };
  // The temporary link was renewed.
  return { read: { link: seen(link) }, write: { makes: seen(link), ttlMs: link.ttlMs } };
}

function shownByClaim(call: PortCall, intended: Intended, { linked, podId, token }: TrySetResult): Shown {
  if (!linked) return podId === undefined ? {} : { read: { link: { podId } } };
  const own = call.args[3] as number;
  return {
    write: {
      ...intended,
      makes: { ...intended.makes, token },
      requires: { type: 'no claim of another', podId: own },
    },
  };
}

function shownByReplacement(call: PortCall, intended: Intended, { linked, podId }: ReplaceResult): Shown {
  if (!linked) return { read: { link: podId === undefined ? undefined : { podId } } };
  // The call also succeeds if the new pod owns the link already: then there was no take-over.
  return { write: { ...intended, makes: { podId: call.args[4] as number } } };
}

function seen(link: Link | LinkReading | undefined): LinkSeen | undefined {
  if (link?.podId === undefined) return undefined;
  return { podId: link.podId, permanent: link.permanent, token: link.token };
}

function noteBatch(history: History, call: PortCall, links: Map<string, Link>, start: number): void {
  const end = history.now();
  for (const uid of call.args[1] as readonly string[]) {
    history.add({ type: 'read', uid, start, end, link: seen(links.get(uid)) });
  }
}
