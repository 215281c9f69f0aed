import { randomBytes } from 'node:crypto';

/** The prefix of all namespaces of this process. */
export const namespacePrefix: string = `t-${Date.now().toString(36)}-${randomBytes(5).toString('hex')}-`;

let made = 0;

/** A namespace that no other test uses, so that tests can share a store. */
export function uniqueNamespace(): string {
  made += 1;
  return `${namespacePrefix}${made}`;
}
