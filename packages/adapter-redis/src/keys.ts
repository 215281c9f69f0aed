/*
 * Every key and channel there is. What stands in braces decides the slot on a Cluster: keys that one script touches
 * share it. Names reach this file checked, so that no two different arguments meet in one key.
 */

/** The podId a uid is linked to, in one service. */
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

/** Operators' wishes for a service's pods. */
export function intentKey(namespace: string, serviceName: string): string {
  return `sf:{${namespace}:state:${serviceName}}:intent`;
}

/** The channel of a service's changes. */
export function eventsChannel(namespace: string, serviceName: string): string {
  return `sf:{${namespace}:state:${serviceName}}:events`;
}

/** The users of an ordinal, where a restarted pod must find them again. */
export function rosterKey(namespace: string, serviceName: string, podId: number): string {
  return `sf:{${namespace}:state:${serviceName}}:roster:${podId}`;
}

/** A pod's own channel; without a pod what the names of all of a service's begin with. */
export function podChannel(namespace: string, serviceName: string, podId: number | ''): string {
  return `sf:{${namespace}:state:${serviceName}}:pod:${podId}`;
}

/** The workload's word. */
export function workloadKey(namespace: string, serviceName: string): string {
  return `sf:{${namespace}:workload:${serviceName}}`;
}

/** The workload's details. */
export function workloadInfoKey(namespace: string, serviceName: string): string {
  return `sf:{${namespace}:workload:${serviceName}}:info`;
}

/** The service a tag stands for. */
export function tagKey(namespace: string, tag: string): string {
  return `sf:{${namespace}:tag:${tag}}`;
}

/** The services of a namespace. */
export function servicesKey(namespace: string): string {
  return `sf:{${namespace}:services}`;
}

/** What a pod's state is stored under. */
export function podStateKeys(namespace: string, serviceName: string): Record<'words' | 'info', string> {
  return { words: stateKey(namespace, serviceName), info: stateInfoKey(namespace, serviceName) };
}

/** What a workload is stored under. */
export function workloadKeys(namespace: string, serviceName: string): Record<'word' | 'info', string> {
  return { word: workloadKey(namespace, serviceName), info: workloadInfoKey(namespace, serviceName) };
}

/** What a link is read from. */
export function readLinkKeys(
  namespace: string,
  uid: string,
  serviceName: string,
): Record<'link' | 'token', string> {
  return { link: linkKey(namespace, uid, serviceName), token: tokenKey(namespace, uid) };
}

/** What a change of a link writes. */
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
