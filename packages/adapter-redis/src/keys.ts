/*
 * All keys and channels. The part in braces decides the slot on a Cluster: keys of one script share it. Names have been checked
 * before, so that different arguments never make the same key.
 */

/** The podId that a uid is linked to, in one service. */
export function linkKey(namespace: string, uid: string, serviceName: string): string {
  return `sf:{${namespace}:lk:${uid}}${serviceName}`;
}

/** The claims of a uid: service → podId. */
export function linksKey(namespace: string, uid: string): string {
  return `sf:{${namespace}:lk:${uid}}`;
}

/** The token records of a uid, by service. */
export function tokenKey(namespace: string, uid: string): string {
  return `sf:{${namespace}:lk:${uid}}:token`;
}

/** The state words of a service's pods. */
export function stateKey(namespace: string, serviceName: string): string {
  return `sf:{${namespace}:state:${serviceName}}`;
}

/** The details of a service's pods. */
export function stateInfoKey(namespace: string, serviceName: string): string {
  return `sf:{${namespace}:state:${serviceName}}:info`;
}

/** Operators' intents for a service's pods. */
export function intentKey(namespace: string, serviceName: string): string {
  return `sf:{${namespace}:state:${serviceName}}:intent`;
}

/** The callers that place users of a service. */
export function callersKey(namespace: string, serviceName: string): string {
  return `sf:{${namespace}:state:${serviceName}}:callers`;
}

/** The users of a service who are quarantined. */
export function quarantinedKey(namespace: string, serviceName: string): string {
  return `sf:{${namespace}:state:${serviceName}}:quarantined`;
}

/** The channel of a service's events. */
export function eventsChannel(namespace: string, serviceName: string): string {
  return `sf:{${namespace}:state:${serviceName}}:events`;
}

/** What happened to a service. */
export function journalKey(namespace: string, serviceName: string): string {
  return `sf:{${namespace}:state:${serviceName}}:journal`;
}

/** What a pod is asked to do. */
export function ordersKey(namespace: string, serviceName: string, podId: number): string {
  return `sf:{${namespace}:state:${serviceName}}:orders:${podId}`;
}

/** The roster of an ordinal: a restarted pod finds its users there. */
export function rosterKey(namespace: string, serviceName: string, podId: number): string {
  return `sf:{${namespace}:state:${serviceName}}:roster:${podId}`;
}

/** A pod's own channel; with '' the common prefix of a service's pods. */
export function podChannel(namespace: string, serviceName: string, podId: number | ''): string {
  return `sf:{${namespace}:state:${serviceName}}:pod:${podId}`;
}

/** The word of a workload's state. */
export function workloadKey(namespace: string, serviceName: string): string {
  return `sf:{${namespace}:workload:${serviceName}}`;
}

/** The details of a workload. */
export function workloadInfoKey(namespace: string, serviceName: string): string {
  return `sf:{${namespace}:workload:${serviceName}}:info`;
}

/** The service that a tag stands for. */
export function tagKey(namespace: string, tag: string): string {
  return `sf:{${namespace}:tag:${tag}}`;
}

/** The services of a namespace. */
export function servicesKey(namespace: string): string {
  return `sf:{${namespace}:services}`;
}

/** A key, and a channel, that the check of a user's rights writes and removes again. */
export function probeKey(namespace: string): string {
  return `sf:{${namespace}:probe}`;
}

/** The keys of pods' states. */
export function podStateKeys(namespace: string, serviceName: string): Record<'words' | 'info', string> {
  return { words: stateKey(namespace, serviceName), info: stateInfoKey(namespace, serviceName) };
}

/** The keys that a service's pods are read from. */
export function serviceReadKeys(
  namespace: string,
  serviceName: string,
): Record<'words' | 'info' | 'intents' | 'callers', string> {
  return {
    ...podStateKeys(namespace, serviceName),
    intents: intentKey(namespace, serviceName),
    callers: callersKey(namespace, serviceName),
  };
}

/** The keys of a pod's state, with the journal. */
export function podChangeKeys(
  namespace: string,
  serviceName: string,
): Record<'words' | 'info' | 'journal', string> {
  return { ...podStateKeys(namespace, serviceName), journal: journalKey(namespace, serviceName) };
}

/** The keys of a pod's entry, and of all that belongs to it. */
export function podEntryKeys(
  namespace: string,
  serviceName: string,
  podId: number,
): Record<'words' | 'info' | 'intents' | 'orders' | 'journal', string> {
  return {
    ...podChangeKeys(namespace, serviceName),
    intents: intentKey(namespace, serviceName),
    orders: ordersKey(namespace, serviceName, podId),
  };
}

/** The keys of a pod's orders. */
export function orderKeys(
  namespace: string,
  serviceName: string,
  podId: number,
): Record<'orders' | 'journal', string> {
  return { orders: ordersKey(namespace, serviceName, podId), journal: journalKey(namespace, serviceName) };
}

/** The keys of a workload. */
export function workloadKeys(namespace: string, serviceName: string): Record<'word' | 'info', string> {
  return { word: workloadKey(namespace, serviceName), info: workloadInfoKey(namespace, serviceName) };
}

/** The keys that a link is read from. */
export function readLinkKeys(
  namespace: string,
  uid: string,
  serviceName: string,
): Record<'link' | 'token', string> {
  return { link: linkKey(namespace, uid, serviceName), token: tokenKey(namespace, uid) };
}

/** The keys that a change of a link writes. */
export function linkKeys(
  namespace: string,
  uid: string,
  serviceName: string,
): Record<'link' | 'token' | 'links', string> {
  return {
    link: linkKey(namespace, uid, serviceName),
    token: tokenKey(namespace, uid),
    links: linksKey(namespace, uid),
  };
}

/*
 * The way back, for tools that read all keys of a namespace.
 */

/** What a key is for. `undefined` for a key that this version does not know. */
export type KnownKey =
  | { readonly kind: 'link'; readonly uid: string; readonly serviceName: string }
  | { readonly kind: 'links' | 'token'; readonly uid: string }
  | {
      readonly kind:
        | 'words'
        | 'info'
        | 'intents'
        | 'callers'
        | 'quarantined'
        | 'journal'
        | 'orders'
        | 'roster';
      readonly serviceName: string;
    }
  | { readonly kind: 'workload' | 'workloadInfo'; readonly serviceName: string }
  | { readonly kind: 'tag' | 'services' };

/** The pattern of SCAN for all keys of a namespace. */
export const namespacePattern = (namespace: string): string => `${prefixOf(namespace)}*`;

/** The pattern of SCAN for the links of a namespace, or of one of its services. */
export function linkPattern(namespace: string, serviceName: string = '?*'): string {
  const anyone = '*';
  return linkKey(namespace, anyone, serviceName);
}

/** Reads a key of a namespace. A uid has no brace, so each key can be read in one way only. */
export function parseKey(namespace: string, key: string): KnownKey | undefined {
  const prefix = prefixOf(namespace);
  const end = key.indexOf('}', prefix.length);
  if (!key.startsWith(prefix) || end < 0) return undefined;
  const [inside, after] = [key.slice(prefix.length, end), key.slice(end + 1)];
  const at = inside.indexOf(':');
  const [part, name] = at < 0 ? [inside, ''] : [inside.slice(0, at), inside.slice(at + 1)];
  switch (part) {
    case 'lk':
      return userKey(name, after);
    case 'state':
      return stateKeyOf(name, after);
    case 'workload':
      if (after === '') return { kind: 'workload', serviceName: name };
      return after === ':info' ? { kind: 'workloadInfo', serviceName: name } : undefined;
    case 'tag':
      return after === '' ? { kind: 'tag' } : undefined;
    case 'services':
      return after === '' && at < 0 ? { kind: 'services' } : undefined;
    default:
      return undefined;
  }
}

function userKey(uid: string, after: string): KnownKey | undefined {
  if (after === '') return { kind: 'links', uid };
  if (after === ':token') return { kind: 'token', uid };
  return after.startsWith(':') ? undefined : { kind: 'link', uid, serviceName: after };
}

function stateKeyOf(serviceName: string, after: string): KnownKey | undefined {
  if (after === '') return { kind: 'words', serviceName };
  if (after === ':info') return { kind: 'info', serviceName };
  if (after === ':intent') return { kind: 'intents', serviceName };
  if (after === ':callers') return { kind: 'callers', serviceName };
  if (after === ':quarantined') return { kind: 'quarantined', serviceName };
  if (after === ':journal') return { kind: 'journal', serviceName };
  if (after.startsWith(':orders:')) return { kind: 'orders', serviceName };
  return after.startsWith(':roster:') ? { kind: 'roster', serviceName } : undefined;
}

const prefixOf = (namespace: string): string => `sf:{${namespace}:`;
