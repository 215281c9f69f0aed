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

/** What a recorder is told. */
export interface RecordOptions {
  /** The pod whose calls these are; `undefined` for a caller. */
  readonly by?: number | undefined;
}

/** What is known of a write before its outcome. */
type Intended = Pick<LinkWrite, 'makes' | 'ttlMs' | 'incarnation' | 'asserted' | 'takesOver'>;

/** What a reply says of the link: what was written, what was seen. */
interface Told {
  readonly write?: Intended & Pick<LinkWrite, 'requires'>;
  readonly read?: { readonly link: LinkSeen | undefined };
}

/** Executors whose changes and reads of links are written down. The service's name is left out: record one service. */
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
      const { write, read } = method?.tells(call, reply, intended) ?? {};
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
  // An abort leaves a write under way; the others are refusals.
  return isRouteError(error) ? 'none' : 'unknown';
}

function linkOf(podId: number, persistSeconds: number): Pick<LinkWrite, 'makes' | 'ttlMs'> {
  const permanent = persistSeconds === PERSIST_FOREVER;
  return { makes: { podId, permanent }, ttlMs: permanent ? undefined : persistSeconds * 1_000 };
}

/** How one method is written down. */
interface Recorded {
  /** What a call was to make of the link; absent where it changes none. */
  readonly intends?: (call: PortCall) => Intended;
  readonly tells: (call: PortCall, reply: unknown, intended: Intended | undefined) => Told;
}

const intendsLink = ({ args }: PortCall): Intended => linkOf(args[3] as number, args[4] as number);

/** The methods that say something of one link; the others are passed through. */
const recorded: { readonly [Method in PortMethod]?: Recorded } = {
  getLink: { tells: (_, reply) => ({ read: { link: seen(reply as LinkReading) } }) },
  getLinkedPod: {
    tells: (_, reply) => ({ read: { link: reply === undefined ? undefined : { podId: reply as number } } }),
  },
  setLinkedPod: {
    intends: intendsLink,
    tells: (_, reply, intended) => {
      const { token } = reply as SetLinkedPodResult;
      return { write: { ...intended, makes: { ...intended?.makes, token } } };
    },
  },
  setLinkedPodIfAbsent: {
    intends: intendsLink,
    tells: (_, reply, intended) => toldIfAbsent(intended!, reply as LinkInForce),
  },
  trySetLinkedPod: {
    intends: (call) => {
      const { incarnation, assertToken } = (call.options ?? {}) as TrySetLinkedPodOptions;
      return { ...intendsLink(call), incarnation, asserted: assertToken !== undefined };
    },
    tells: (call, reply, intended) => toldTrySet(call, intended!, reply as TrySetResult),
  },
  replaceLinkedPod: {
    intends: ({ args, options }) => {
      const { ifToken } = (options ?? {}) as ReplaceLinkedPodOptions;
      const owner = { podId: args[3] as number, token: ifToken ?? undefined };
      const takesOver = ifToken === undefined ? undefined : owner;
      return { ...linkOf(args[4] as number, args[5] as number), takesOver };
    },
    tells: (call, reply, intended) => toldReplace(call, intended!, reply as ReplaceResult),
  },
  removeLinkedPod: {
    intends: ({ options }) => removal(undefined, options),
    tells: (_, reply, intended) => ({ write: reply === true ? intended! : { makes: undefined } }),
  },
  removeLinkedPodWithId: {
    intends: ({ args, options }) => removal(args[3] as number, options),
    tells: (_, reply, intended) => (reply === true ? { write: intended! } : {}),
  },
};

function removal(podId: number | undefined, options: PortCall['options']): Intended {
  const { keepSeconds = 0 } = (options ?? {}) as { readonly keepSeconds?: number };
  if (keepSeconds <= 0) return { makes: undefined };
  return { makes: { podId, permanent: false }, ttlMs: keepSeconds * 1_000 };
}

function toldIfAbsent(intended: Intended, link: LinkInForce): Told {
  if (link.created) return { write: { ...intended, makes: seen(link), requires: { type: 'absent' } } };
  // The pod's own link, which now is a claim, if it was not one already.
  if (link.permanent && intended.makes?.permanent && intended.makes.podId === link.podId) {
    return { write: { makes: seen(link) } };
  }
  if (link.permanent) return { read: { link: seen(link) } };
  // It was renewed.
  return { read: { link: seen(link) }, write: { makes: seen(link), ttlMs: link.ttlMs } };
}

function toldTrySet(call: PortCall, intended: Intended, { linked, podId, token }: TrySetResult): Told {
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

function toldReplace(call: PortCall, intended: Intended, { linked, podId }: ReplaceResult): Told {
  if (!linked) return { read: { link: podId === undefined ? undefined : { podId } } };
  // Finding the pod in force is success too, whatever the link: then nobody was taken over.
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
