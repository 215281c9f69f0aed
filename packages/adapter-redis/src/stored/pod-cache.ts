import type { Logger, ServiceStateRead, StatefulServiceState } from '@stateful-route/core';
import { givesWay, podFromWord, podWord } from '@stateful-route/core/adapter';
import { podFromFields } from './pod-info.ts';
import { integer, isPodId, jsonObject, optional, text, UnreadableReply } from './replies.ts';

/** A service's pods as they are stored: lists of fields and values in turn. */
export interface StoredPods {
  readonly storeTime: number;
  /** The details of pods, JSON; and fields of the service's own, whose names begin with `@`. */
  readonly infos: readonly unknown[];
  /** The words of pods, those of the other sides among them. */
  readonly words: readonly unknown[];
}

type Pods = ReadonlyMap<number, StatefulServiceState>;

/** A field of the hash of details. */
interface KnownField {
  readonly stored: string;
  /** `undefined`: the field is no pod's. */
  readonly pod: StatefulServiceState | undefined;
  /** The word that the details keep; `undefined` where they cannot be read. */
  readonly word: string | undefined;
  /** Why it cannot be read. */
  readonly problem?: UnreadableReply;
}

/** What was read of one service. */
interface KnownService {
  readonly fields: ReadonlyMap<string, KnownField>;
  /** The pods among them, by ordinal, ascending. */
  readonly pods: Pods;
}

/** How many services are remembered: those that were read last. */
const SERVICES_MAX = 1_000;

/**
 * Reads what is stored of pods. Between two readings of a service most of its pods have not beaten and say the same: what
 * was made of them the last time is taken again.
 */
export class PodCache {
  readonly #services = new Map<string, KnownService>();
  readonly #logger: Logger;

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  /** @param key - that of the details; it names the service. */
  read(key: string, { storeTime, infos, words }: StoredPods): Omit<ServiceStateRead, 'epoch'> {
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
      pods: withWords(service, words, storeTime),
    };
  }

  #remember(key: string, service: KnownService): void {
    this.#services.delete(key);
    // What strangers ask about has no pods, and is not worth a place.
    if (service.fields.size === 0) return;
    this.#services.set(key, service);
    const [oldest] = this.#services.size > SERVICES_MAX ? this.#services.keys() : [];
    if (oldest !== undefined) this.#services.delete(oldest);
  }

  #report(key: string, err: UnreadableReply, podId: number | undefined): void {
    const message =
      podId === undefined
        ? 'A field of the details is no pod, and is ignored; remove it with HDEL'
        : "A pod's details cannot be read: it counts as UNKNOWN and nobody takes its users over; remove them with HDEL, and its next heartbeat writes them anew";
    this.#logger.error({ err, key, podId }, message);
  }
}

/** One field that cannot be read must not hide the others. */
function readField(field: string, stored: string): KnownField {
  if (!isPodId(field)) {
    return { stored, pod: undefined, word: undefined, problem: new UnreadableReply('a podId', field) };
  }
  try {
    const { word, ...details } = jsonObject(stored);
    const pod = podFromFields(Number(field), details);
    // Details of an earlier release keep none, and were written with this one.
    return { stored, pod, word: typeof word === 'string' ? word : podWord(pod) };
  } catch (error) {
    if (!(error instanceof UnreadableReply)) throw error;
    return { stored, pod: unreadable(Number(field)), word: undefined, problem: error };
  }
}

/** A pod of which nothing is known: it is given nobody, and nobody is taken from it. */
function unreadable(podId: number): StatefulServiceState {
  return { podId, state: 'UNKNOWN', loadState: 0, routingState: 'UNKNOWN', metadata: {} };
}

function podsOf(fields: ReadonlyMap<string, KnownField>): StatefulServiceState[] {
  return [...fields.values()].map(({ pod }) => pod).filter((pod) => pod !== undefined);
}

/** The hash of words is shared: what is no podId is somebody else's, as it is for the other sides. */
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

/** Of two entries of one ordinal the later one counts. */
function byOrdinal(pods: readonly StatefulServiceState[]): Pods {
  return new Map(pods.toSorted((a, b) => a.podId - b.podId).map((pod) => [pod.podId, pod]));
}
