import type { Frozen, Logger, ServiceStateRead, StatefulServiceState } from '@stateful-route/core';
import { givesWay, podFromWord, podWord } from '@stateful-route/core/adapter';
import { podFromFields } from './pod-info.ts';
import { integer, isPodId, jsonObject, optional, text, UnreadableReply } from './replies.ts';

/** A service's pods as they are stored: lists of alternating fields and values. */
export interface StoredPods {
  readonly storeTime: number;
  /** The details of pods, as JSON. Names that begin with `@` are fields of the service. */
  readonly infos: readonly unknown[];
  /** The state words of pods, also of those that an older side writes. */
  readonly words: readonly unknown[];
  readonly frozen: Frozen | undefined;
  readonly callers: number | undefined;
}

type Pods = ReadonlyMap<number, StatefulServiceState>;

/** A field of the details hash. */
interface KnownField {
  readonly stored: string;
  /** `undefined` if the field is not about a pod. */
  readonly pod: StatefulServiceState | undefined;
  /** The word in the details; `undefined` if they cannot be read. */
  readonly word: string | undefined;
  /** Why it cannot be read. */
  readonly problem?: UnreadableReply;
}

/** The last reading of one service. */
interface KnownService {
  readonly fields: ReadonlyMap<string, KnownField>;
  /** The pods among them, by ordinal, ascending. */
  readonly pods: Pods;
}

/** How many services are cached: those that were read last. */
const SERVICES_MAX = 1_000;

/**
 * Reads the stored pods of services. Most pods send no heartbeat between two readings of their service. Their objects of the last
 * reading are used again.
 */
export class PodCache {
  readonly #services = new Map<string, KnownService>();
  readonly #logger: Logger;

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  /** @param key - the key of the details, which identifies the service. */
  read(
    key: string,
    { storeTime, infos, words, frozen, callers }: StoredPods,
  ): Omit<ServiceStateRead, 'epoch'> {
    const before = this.#services.get(key);
    const own = new Map<string, unknown>();
    const fields = new Map<string, KnownField>();
    let changed = false;
    for (let at = 0; at < infos.length; at += 2) {
      const field = text(infos[at]);
      if (field.startsWith('@')) {
        own.set(field, infos[at + 1]);
        continue;
      }
      let known = before?.fields.get(field);
      if (known?.stored !== infos[at + 1]) known = undefined;
      changed ||= !known;
      known ??= readField(field, text(infos[at + 1]));
      if (known.problem) this.#report(key, known.problem, known.pod?.podId);
      fields.set(field, known);
    }
    const isSame = !changed && before?.fields.size === fields.size;
    const service = isSame ? before : { fields, pods: byOrdinal(podsOf(fields)) };
    this.#remember(key, service);
    return {
      storeTime,
      since: optional(integer)(own.get('@since')),
      restored: optional(integer)(own.get('@restored')),
      quiet: optional(integer)(own.get('@quiet')),
      frozen,
      callers,
      pods: withWords(service, words, storeTime),
    };
  }

  #remember(key: string, service: KnownService): void {
    this.#services.delete(key);
    // A name without pods, which any caller can invent, is not cached.
    if (service.fields.size === 0) return;
    this.#services.set(key, service);
    const [oldest] = this.#services.size > SERVICES_MAX ? this.#services.keys() : [];
    if (oldest !== undefined) this.#services.delete(oldest);
  }

  #report(key: string, err: UnreadableReply, podId: number | undefined): void {
    const message =
      podId === undefined
        ? 'A field among the details of pods is not a podId and is ignored; remove it with HDEL'
        : "A pod's details cannot be read: it counts as UNKNOWN and nobody takes its users over; remove them with HDEL, and its next heartbeat writes them again";
    this.#logger.error({ err, key, podId }, message);
  }
}

/** Reads one field. If it cannot be read, the others still can. */
function readField(field: string, stored: string): KnownField {
  if (!isPodId(field)) {
    return { stored, pod: undefined, word: undefined, problem: new UnreadableReply('a podId', field) };
  }
  try {
    const { word, ...details } = jsonObject(stored);
    const pod = podFromFields(Number(field), details);
    // Details of an earlier release hold no word: theirs was written beside them.
    return { stored, pod, word: typeof word === 'string' ? word : podWord(pod) };
  } catch (error) {
    if (!(error instanceof UnreadableReply)) throw error;
    return { stored, pod: unreadable(Number(field)), word: undefined, problem: error };
  }
}

/** A pod with unreadable details: it gets no users, and no users of it are taken over. */
function unreadable(podId: number): StatefulServiceState {
  return { podId, state: 'UNKNOWN', loadState: 0, routingState: 'UNKNOWN', metadata: {} };
}

function podsOf(fields: ReadonlyMap<string, KnownField>): StatefulServiceState[] {
  return [...fields.values()].map(({ pod }) => pod).filter((pod) => pod !== undefined);
}

/**
 * Adds pods of which only the word is known. The hash of words is shared with older sides; a field that is no podId is theirs.
 */
function withWords({ fields, pods }: KnownService, words: readonly unknown[], storeTime: number): Pods {
  const others: StatefulServiceState[] = [];
  for (let at = 0; at < words.length; at += 2) {
    const field = text(words[at]);
    const word = text(words[at + 1]);
    const known = fields.get(field);
    const gives = known?.pod ? givesWay(known.pod, known.word, word, storeTime) : isPodId(field);
    if (gives) others.push(podFromWord(Number(field), word));
  }
  return others.length === 0 ? pods : byOrdinal([...pods.values(), ...others]);
}

/** In ascending order. Of two entries with one ordinal the later one counts. */
function byOrdinal(pods: readonly StatefulServiceState[]): Pods {
  return new Map(pods.toSorted((a, b) => a.podId - b.podId).map((pod) => [pod.podId, pod]));
}
