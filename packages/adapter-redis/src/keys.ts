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

/** The channel of a service's events. */
export function eventsChannel(namespace: string, serviceName: string): string {
  return `sf:{${namespace}:state:${serviceName}}:events`;
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

/** The keys of pods' states. */
export function podStateKeys(namespace: string, serviceName: string): Record<'words' | 'info', string> {
  return { words: stateKey(namespace, serviceName), info: stateInfoKey(namespace, serviceName) };
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
