import type { ServiceStateRead, StatefulServiceState } from '@stateful-route/core';
import { podFromInfo, podFromWord } from './pod-info.ts';
import type { StoredPods } from './scripts/get-service-state.ts';
import { integer, isPodId, optional, podId, text } from './scripts/replies.ts';

type Pods = ReadonlyMap<number, StatefulServiceState>;

/** What was read of one service. */
interface KnownService {
  /** What was stored of each pod, by its field. */
  readonly stored: Map<string, string>;
  /** Those pods, by ordinal, ascending. */
  readonly pods: Pods;
}

/** How many services are remembered: those that were read last. */
const SERVICES_MAX = 1_000;

/**
 * Reads what is stored of pods. Between two readings of a service most of its pods have not beaten and say the same: what
 * was made of them the last time is taken again.
 */
export class KnownPods {
  readonly #services = new Map<string, KnownService>();

  /** @param key - names the service. */
  read(key: string, { storeTime, infos, words }: StoredPods): Omit<ServiceStateRead, 'epoch'> {
    const known = this.#services.get(key);
    const changed = new Map<string, string>();
    const own = new Map<string, unknown>();
    let count = 0;
    for (let at = 0; at < infos.length; at += 2) {
      const field = text(infos[at]);
      if (field.startsWith('@')) {
        own.set(field, infos[at + 1]);
        continue;
      }
      count += 1;
      if (known?.stored.get(field) !== infos[at + 1]) changed.set(field, text(infos[at + 1]));
    }
    const now = known && isSameService(known, count, changed) ? updated(known, changed) : readAnew(infos);
    this.#remember(key, now);
    return {
      storeTime,
      since: optional(integer)(own.get('@since')),
      restored: optional(integer)(own.get('@restored')),
      quiet: optional(integer)(own.get('@quiet')),
      pods: words.length > 0 ? withWords(now.pods, words) : now.pods,
    };
  }

  #remember(key: string, service: KnownService): void {
    this.#services.delete(key);
    this.#services.set(key, service);
    const [oldest] = this.#services.size > SERVICES_MAX ? this.#services.keys() : [];
    if (oldest !== undefined) this.#services.delete(oldest);
  }
}

/** Whether the pods are the same as before, whatever is stored of them. */
function isSameService(
  { stored }: KnownService,
  count: number,
  changed: ReadonlyMap<string, string>,
): boolean {
  return count === stored.size && [...changed.keys()].every((field) => stored.has(field));
}

function updated(known: KnownService, changed: ReadonlyMap<string, string>): KnownService {
  if (changed.size === 0) return known;
  const pods = new Map(known.pods);
  for (const [field, info] of changed) {
    const pod = podFromInfo(podId(field), info);
    pods.set(pod.podId, pod);
  }
  for (const [field, info] of changed) known.stored.set(field, info);
  return { stored: known.stored, pods };
}

function readAnew(infos: readonly unknown[]): KnownService {
  const stored = new Map<string, string>();
  const pods: StatefulServiceState[] = [];
  for (let at = 0; at < infos.length; at += 2) {
    const field = text(infos[at]);
    if (field.startsWith('@')) continue;
    const info = text(infos[at + 1]);
    stored.set(field, info);
    pods.push(podFromInfo(podId(field), info));
  }
  return { stored, pods: byOrdinal(pods) };
}

/** The hash of words is shared: what is no podId is somebody else's, as it is for the older sides. */
function withWords(pods: Pods, words: readonly unknown[]): Pods {
  const all = [...pods.values()];
  for (let at = 0; at < words.length; at += 2) {
    const field = text(words[at]);
    if (isPodId(field) && !pods.has(Number(field))) all.push(podFromWord(Number(field), text(words[at + 1])));
  }
  return byOrdinal(all);
}

function byOrdinal(pods: readonly StatefulServiceState[]): Pods {
  return new Map(pods.toSorted((a, b) => a.podId - b.podId).map((pod) => [pod.podId, pod]));
}
